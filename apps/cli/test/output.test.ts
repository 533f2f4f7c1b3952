import { stripVTControlCharacters } from 'node:util';
import {
  type BudgetAnswer,
  type ExampleComparison,
  Leaderboard,
  type PlacesPage,
  type SweepView,
  type TrialDetail,
  trialStates,
} from '@rankforge/contracts';
import { describe, expect, test } from 'vitest';
import { boardOf } from '../../../test/support/boards.js';
import { partOf } from '../../../test/support/part-of.js';
import { boardText } from '../src/output/board-text.js';
import { examplesText } from '../src/output/examples-text.js';
import { formatCount, formatMiB, formatNumber, formatSeconds } from '../src/output/format.js';
import { leaderboardTable } from '../src/output/leaderboard-table.js';
import { placesText } from '../src/output/places-text.js';
import { printableInColour } from '../src/output/printable.js';
import { table } from '../src/output/table.js';
import { describeEnd, statusOfSweep } from '../src/watch.js';

describe('numbers as people read them', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1_024, '1.02 k'],
    [169_984, '170 k'],
    [3_212_749_824, '3.21 G'],
    [null, '–'],
  ])('a count of %s is %s', (value, text) => expect(formatCount(value)).toBe(text));

  test.each([
    [7.6, '8 s'],
    [194, '3 min 14 s'],
    [7_260, '2 h 1 min'],
    [null, '–'],
  ])('%s seconds are %s', (value, text) => expect(formatSeconds(value)).toBe(text));

  test('bytes in MiB, scores to four digits', () => {
    expect(formatMiB(11 * 2 ** 20)).toBe('11.0');
    expect(formatNumber(80.5832)).toBe('80.58');
    expect(formatNumber(0.0001, 2)).toBe('0.0001');
  });
});

describe('texts of others', () => {
  const clipboard = '\u001b]52;c;aGk=\u0007';

  test('in a table are without control characters', () => {
    const text = stripVTControlCharacters(
      table([{ name: `a${clipboard}\u009b2Jb\u007f\r` }], [{ title: 'name', value: ({ name }) => name }]),
    );
    expect(text).toBe('name\na�]52;c;aGk=��2Jb��');
    expect(table([{ name: 'a\r\n b' }], [{ title: 'name', value: ({ name }) => name }])).toMatch(/\na b$/);
  });

  test('keep the ends of lines, tabs and, where they were coloured, colours', () => {
    expect(printableInColour(`é 中\t\r\n${clipboard}a\u202eb`)).toBe('é 中\t\r\n�]52;c;aGk=�a�b');
    expect(printableInColour(`\u001b[31mred${clipboard}\u001b[39m\u001b[2A`)).toBe(
      '\u001b[31mred�]52;c;aGk=�\u001b[39m�[2A',
    );
  });

  test.each([0, 5, 7, 8, 30, 40, 97])('cannot hide behind the attribute %s, which nothing here writes', (attribute) => {
    expect(printableInColour(`a\u001b[${attribute}mb`)).toBe(`a�[${attribute}mb`);
  });

  test('stay on the line of their field in a list of examples', () => {
    const spec = partOf<TrialDetail['spec']>({ method: 'lora' });
    const named = { ordinal: 1, method: 'lora', optimizer: 'adamw', rank: 2, seed: 0 } as const;
    const trials = [partOf<TrialDetail>({ id: '1', ...named, spec })];
    const compared = partOf<ExampleComparison>({
      ...{ found: 1, patterns: [], trials: [{ id: '1', scoringId: '3', score: 1 }] },
      items: [{ place: 0, scores: [1], said: ['cat\n  label: dog'], fields: { 'a\nb': 'one\r\n two\u001b[31m' } }],
    });
    expect(examplesText({ compared, left: [] }, { trials, from: 0 }).split('\n').slice(-3)).toEqual([
      'example 1',
      '  a b: one two�[31m',
      '  1 lora r2 seed 0: right, cat label: dog',
    ]);
  });
});

describe('places', () => {
  const page = { trialId: '0', split: 'test', queries: 1200, kept: 1000, moves: [] } satisfies Partial<PlacesPage>;

  test('show relevant documents with the recall by rank', () => {
    const items = [
      { query: 'white whale', size: 40, of: 3, rows: [{ place: 1 }, { place: 7 }] },
      { size: 12, of: 1, rows: [] },
    ];
    const text = placesText({ ...page, documents: 'relevant', recall: [0.25, 0.5, 0.75], items }, 20);
    // In CI titles are bold.
    const lines = stripVTControlCharacters(text).split('\n');
    expect(lines.map((line) => line.trimEnd())).toEqual([
      'query  places of relevant documents   found  order  words',
      '   21  1, 7                          2 of 3     40  white whale',
      '   22  –                             0 of 1     12  –',
      '1200 queries of the test split; places of the first 1000 are kept',
      'mean recall at 1 0.25, at 3 0.75',
    ]);
  });

  test('show attacked documents before and after', () => {
    const items = [{ query: 'q', size: 9, of: 1, rows: [{ place: 2, before: 8 }] }];
    const moved = { better: 1, same: 0, worse: 0 };
    expect(placesText({ ...page, documents: 'attacked', kept: 1200, moved, items }, 0)).toMatch(
      /8 → 2 [\s\S]*1200 queries of the test split\nattacked documents: 1 better, 0 the same, 0 worse$/,
    );
  });
});

test('a table aligns its columns and cuts nothing', () => {
  const long = 'x'.repeat(200);
  const text = table(
    [
      { name: 'lora', rank: 4 },
      { name: long, rank: 16 },
    ],
    [
      { title: 'rank', right: true, value: (row) => row.rank },
      { title: 'name', value: (row) => row.name },
    ],
  );
  const lines = text.split('\n');
  expect(lines[1]).toBe('   4  lora');
  expect(lines[2]).toBe(`  16  ${long}`);
});

test('a table counts columns of the terminal and keeps a value on one line', () => {
  const columns = [
    { title: 'name', value: ({ name }: { name: string }) => name },
    { title: 'n', value: () => 1 },
  ];
  const rows = ['ascii', '日本', 'two\n  lines'].map((name) => ({ name }));
  expect(table(rows, columns).split('\n').slice(1)).toEqual(['ascii      1', '日本       1', 'two lines  1']);
});

type BoardRow = Leaderboard['rows'][number];

const row: BoardRow = {
  name: 'lora r8',
  method: 'lora',
  optimizer: 'adamw',
  rank: 4,
  trainedRank: null,
  keeps: null,
  learningRate: 0.0003,
  config: {},
  status: 'scored',
  seeds: 3,
  validation: 100,
  score: 101.97,
  interval: [98.17, 105.94],
  intervalCovers: 'seeds-and-examples',
  group: 'ab',
  trainableParameters: 2_048,
  adapterBytes: 8_192,
  predicted: null,
  measuredPeakBytes: 6.1 * 2 ** 20,
  medianStepMs: 49.93,
  tokensPerSecond: null,
  compression: null,
  steps: 60,
  pareto: true,
  tuningTrials: 6,
  tuningSteps: 120,
  edges: [],
  smallestBudgetMiB: 64,
  reason: null,
  forgetting: null,
  flips: null,
  measures: {},
  trialIds: [],
};

function board(rows: BoardRow[], complete = true): Leaderboard {
  return boardOf({
    task: 'moby-dick',
    metric: { name: 'perplexity', direction: 'minimize', range: [1, null] },
    rows,
    budgetsMiB: [8, 64],
    testExamples: 412,
    complete,
  });
}

const answerOf = (memoryBudgetMiB: number, name: string): BudgetAnswer => ({
  memoryBudgetMiB,
  leader: { name, contender: name, score: 1, interval: null, trialIds: ['t1'] },
  tied: [],
  undecided: [],
  furtherSeeds: null,
  doesNotFit: [],
  text: `Within ${memoryBudgetMiB} MiB, ${name} leads.`,
});

describe('the leaderboard', () => {
  test('shows what compressions store, its share of the base, and the score before', () => {
    const compressed: BoardRow = {
      ...row,
      method: 'svd',
      rank: null,
      config: { ratio: 0.5 },
      keeps: 0.5,
      steps: 0,
      compression: { parameters: 3 * 2 ** 18, bytes: 3 * 2 ** 20, ratio: 0.6123, before: 90.25 },
    };
    const text = leaderboardTable({ ...board([compressed]), kind: 'compress' });
    expect(text).toMatch(/svd keeps 0\.5 untrained\s/);
    expect(text).toMatch(/\s3\.0\s+0\.612\s+90\.25\s/);
    expect(leaderboardTable(board([row]))).not.toContain('stored MiB');
    // The ratio of another part, here of an optimizer, is no compression.
    expect(leaderboardTable(board([{ ...row, config: { ratio: 16 } }]))).not.toContain('keeps');
    const timed = leaderboardTable(board([{ ...row, measures: { stepCpuMs: 49.93 } }]));
    expect(timed).toMatch(/CPU ms\/step/);
    expect(timed).toMatch(/\s49\.9\d?\s/);
  });

  test('tells rows apart by the configuration in which they differ', () => {
    const afm = (between: string, steps = 60): BoardRow => ({
      ...row,
      method: 'afm',
      rank: null,
      steps,
      config: { between, beta1: 0.9 },
    });
    const text = leaderboardTable(board([afm('none'), afm('relu'), afm('relu', 0)]));
    expect(text).toMatch(/afm between none\s/);
    expect(text).toMatch(/afm between relu\s/);
    expect(text).toMatch(/afm untrained\s/);
    expect(text).not.toContain('beta1');
  });

  test('shows score, interval, letters, and the budget a winner does not fit', () => {
    const text = leaderboardTable(board([row]));
    expect(text).toMatch(
      /lora r4\s+3e-4\s+101\.97\s+98\.17 … 105\.94\s+ab\s+3\s+2\.05 k\s+–\s+6\.1\s+–\s+6\s+Pareto, does not fit in 8 MiB/,
    );
  });

  test('shows in columns how rows were trained that were not trained alike', () => {
    const of = (method: string, settings: Record<string, unknown>): BoardRow => ({ ...row, method, settings });
    const rows = [of('lora', { steps: 40, sequenceLength: 64 }), of('dora', { steps: 300, sequenceLength: 128 })];
    const text = stripVTControlCharacters(leaderboardTable(board(rows)));
    expect(text).toMatch(/seeds\s+steps\s+sequence length\s/);
    expect(text).toMatch(/lora\s.*\s3\s+40\s+64\s/);
    expect(text).toMatch(/dora\s.*\s3\s+300\s+128\s/);
    expect(stripVTControlCharacters(leaderboardTable(board([row, row])))).not.toMatch(/seeds\s+steps/);
  });

  test('says which rows lie on an edge of their grid, by axis, and what the references score', () => {
    const edges: Leaderboard['rows'][number]['edges'] = [
      { axis: 'learningRate', value: 0.03, side: 'highest', tried: [0.01, 0.03] },
      { axis: 'config.alpha', value: 4, side: 'lowest', tried: [4, 8, 16] },
    ];
    const shown = { ...board([{ ...row, edges }, row]), references: [{ name: 'unigram', score: 412.25 }] };
    const text = leaderboardTable(shown);
    expect(text).toMatch(/8 MiB, learning rate 0\.03 is the highest tried, config\.alpha 4 is the lowest tried\s*\n/);
    expect(text).toContain('For reference: unigram 412.3.');
    expect(text).toContain('1 of 2 rows won at the smallest or largest value tried: a value beyond may be better.');
    const none = leaderboardTable(board([row]));
    expect(none).not.toMatch(/edge of their grid|For reference/);
  });

  test('keeps what does not fit, with the reason, and names the optimizer where it is not AdamW', () => {
    const over: BoardRow = {
      ...row,
      method: 'full-ft',
      optimizer: 'galore',
      status: 'does-not-fit',
      score: null,
      interval: null,
      group: null,
      pareto: false,
      reason: 'needs 8.9 MiB of 8',
    };
    const text = leaderboardTable(board([over]));
    expect(text).toMatch(/full-ft \+ galore .* does not fit: needs 8\.9 MiB of 8/);
  });

  test('says what the base forgot, or why that is not known', () => {
    const measured = {
      measured: true as const,
      data: 'State of the Union',
      examples: 256,
      before: 3.5181,
      after: 3.701,
    };
    const text = leaderboardTable(board([{ ...row, forgetting: measured }]));
    expect(text).toMatch(/6\.1\s+3\.518 \+0\.18\s+6/);
    expect(text).toContain('Base loss: in nats on 256 windows of State of the Union, and what the adapter changes.');
    const missing = { measured: false as const, reason: 'the base model brings no held-back data' };
    const without = leaderboardTable(board([{ ...row, forgetting: missing }]));
    expect(without).toMatch(/6\.1\s+n\/a\s+6/);
    expect(without).toContain('Base loss is not measured: the base model brings no held-back data.');
  });

  test('has a column of flips where a row has some', () => {
    const flips = { outputs: 400, before: 0.5, after: 0.55, negative: 0.025, positive: 0.075 };
    const text = leaderboardTable(board([{ ...row, flips }]));
    expect(text).toContain('−2.5 +7.5');
    expect(leaderboardTable(board([row]))).not.toContain('flips');
  });

  test('says that it has nothing on it, in place of a table and its legend', () => {
    const text = leaderboardTable(board([]));
    expect(text).toContain('This board has nothing on it yet.');
    expect(text).not.toContain('share a letter');
  });

  test('begins with its answer within each budget, the smallest first', () => {
    const rows = [row, { ...row, method: 'dora' }];
    const answers = [answerOf(7, 'lora r4'), answerOf(16, 'dora r4')];
    const verdict = { leader: 0, tied: [1], undecided: [], seedless: [], doesNotFit: 0, memoryBudgetMiB: 64 };
    const lines = leaderboardTable({ ...board(rows), verdict, answers }).split('\n');
    expect(lines.slice(1, 3)).toEqual(['Within 7 MiB, lora r4 leads.', 'Within 16 MiB, dora r4 leads.']);
    expect(lines[3]).toContain('may be told apart on the board of all budgets');
    expect(lines.slice(5, 7).map((line) => line.slice(0, 10))).toEqual(['1  lora r4', '2  dora r4']);
  });

  test('says how the adapter of the winner within each budget is had', () => {
    const answers = [answerOf(7, 'lora r4'), { ...answerOf(8, 'none'), leader: null }, answerOf(16, 'dora r4')];
    const of = { ...board([{ ...row, trialIds: ['t1', 't2'] }]), answers };
    expect(boardText(of, { by: 'method', sweepId: 's1' }).split('\n').slice(-2)).toEqual([
      'Adapter of lora r4, within 7 MiB: rankforge adapter download --of-sweep s1 --budget 7',
      'Adapter of dora r4, within 16 MiB: rankforge adapter download --of-sweep s1 --budget 16',
    ]);
    expect(boardText(of, { by: 'method' })).toMatch(
      /\nAdapter of row 1: rankforge adapter download t1, one of its seeds$/,
    );
  });

  test('says when it is not complete', () => {
    expect(leaderboardTable(board([row], false))).toContain('this board is not complete');
    expect(leaderboardTable(board([row]))).not.toContain('not complete');
  });
});

describe('the end of a sweep', () => {
  const sweep = (counts: Partial<SweepView['trials']>): SweepView => ({
    id: '0198b2a0-0000-7000-8000-000000000000',
    name: 'a sweep',
    tags: [],
    note: null,
    state: 'COMPLETED',
    task: 'moby-dick',
    base: 'nano-sotu',
    kind: 'finetune',
    engine: 'wasm',
    priority: 50,
    trials: { ...(Object.fromEntries(trialStates.map((state) => [state, 0])) as SweepView['trials']), ...counts },
    total: 12,
    uncreated: 0,
    waitsFor: null,
    draining: 0,
    scorings: { done: 0, total: 0 },
    reason: null,
    known: 0,
    implied: 0,
    stepsDone: 0,
    stepsTotal: 0,
    etaSeconds: null,
    createdAt: '2026-01-01T00:00:00Z',
    finishedAt: null,
  });

  test('a trial over its budget is a result, a failed one is not', () => {
    expect(statusOfSweep(sweep({ SUCCEEDED: 9, OVER_BUDGET: 3 }))).toBe(0);
    expect(statusOfSweep(sweep({ SUCCEEDED: 11, FAILED: 1 }))).toBe(5);
    expect(describeEnd(sweep({ SUCCEEDED: 9, OVER_BUDGET: 3 }))).toBe(
      'a sweep: completed, 9 succeeded, 3 over budget, 0 failed',
    );
  });

  test('a sweep that was cancelled says so by its status, unless a trial failed', () => {
    const cancelled = { ...sweep({ SUCCEEDED: 1, CANCELLED: 11 }), state: 'CANCELLED' } as const;
    expect(statusOfSweep(cancelled)).toBe(8);
    expect(statusOfSweep({ ...cancelled, trials: { ...cancelled.trials, FAILED: 1 } })).toBe(5);
  });
});

import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import {
  type BoardFigures,
  type BoardVerdict,
  boardVerdictText,
  type Comparison,
  type LeaderboardRow,
  otherBoardText,
} from '../src/index.js';

const row = (method: string, score: number | null, more: Partial<LeaderboardRow> = {}) =>
  partOf<LeaderboardRow>({
    method,
    optimizer: 'adamw',
    rank: 8,
    keeps: null,
    steps: 60,
    learningRate: 1e-3,
    config: {},
    score,
    seeds: 3,
    interval: score === null ? null : [score - 0.025, score + 0.015],
    ...more,
  });

const rows = [row('dora', 0.955), row('lora', 0.951), row('rslora', 0.947), row('bitfit', 0.8, { rank: null })];

function board(verdict: Partial<BoardVerdict>, more: Partial<BoardFigures> = {}): BoardFigures {
  return partOf<BoardFigures>({
    rows,
    metric: { name: 'accuracy', direction: 'maximize', range: [0, 1] },
    references: [],
    comparisons: [],
    complete: true,
    verdict: { leader: 0, tied: [], undecided: [], seedless: [], doesNotFit: 0, memoryBudgetMiB: null, ...verdict },
    ...more,
  });
}

const tooLarge = (method: string, mib: number) =>
  row(method, null, {
    rank: null,
    status: 'does-not-fit',
    predicted: partOf<NonNullable<LeaderboardRow['predicted']>>({ total: mib * 2 ** 20 }),
  });

const seeds = (further: number | null): BoardVerdict['seeds'] => ({
  row: 1,
  further,
  interval: further === null ? [9, null] : [2, null],
  isBelowError: further === null,
  most: 100,
  power: 0.8,
});
const leads = 'dora r8 leads with accuracy 0.955 (0.930 to 0.970).';

describe('boardVerdictText', () => {
  it('names the leader, the ties, what would break them, and what does not fit', () => {
    const verdict = { memoryBudgetMiB: 512, tied: [1, 2], seeds: seeds(6) };
    const unfit = [tooLarge('full-ft', 900.04), tooLarge('bitfit', 512.003)];
    expect(boardVerdictText(board(verdict, { rows: [...rows.slice(0, 3), ...unfit] }))).toBe(
      `Within 512 MiB, ${leads} lora r8 and rslora r8 are tied with it: about 6 more seeds each (80 % interval: 2 to more than 100) should tell dora r8 from lora r8. full-ft (900.0 MiB) and bitfit (512.003 MiB) do not fit.`,
    );
  });

  it('counts what does not fit beyond eight rows, and says no bytes of a row that breaks another limit', () => {
    const unfit = Array.from({ length: 10 }, (_, at) => tooLarge(`m${at}`, at === 0 ? 3 : 900));
    const text = boardVerdictText(board({ memoryBudgetMiB: 512 }, { rows: [...rows, ...unfit] }));
    expect(text).toMatch(/ m0, m1 \(900\.0 MiB\), .*, m7 \(900\.0 MiB\) and 2 more do not fit\.$/);
  });

  it('asks of what trains nothing for its scores by example', () => {
    const zeroShot = row('zero-shot', 0.7, { interval: null, seeds: 1, steps: 0, rank: null });
    const verdict = { undecided: [1], seedless: [1] };
    expect(boardVerdictText(board(verdict, { rows: [rows[0]!, zeroShot] }))).toBe(
      `${leads} zero-shot untrained is not judged against it: of zero-shot untrained, which trains nothing, that takes its scores by example.`,
    );
  });

  it('says that no practical number of seeds tells a tie apart', () => {
    expect(boardVerdictText(board({ tied: [1], seeds: seeds(null) }))).toBe(
      `${leads} lora r8 is tied with it: telling dora r8 from lora r8 likely takes more than 100 more seeds each (80 % interval: 9 to more than 100); the difference seen is smaller than its own error.`,
    );
    expect(boardVerdictText(board({ tied: [1], seeds: seeds(1) }))).toContain(
      'about 1 more seed each (80 % interval: 2 to more than 100) should tell',
    );
  });

  it('calls ties equal only where that has been tested', () => {
    const of = (tied: readonly number[], asked: boolean) =>
      boardVerdictText(board({ tied: [1, 2], equivalent: { margin: 0.01, asked, rows: [...tied] } }, { alpha: 0.05 }));
    expect(of([1], true)).toBe(
      `${leads} lora r8 and rslora r8 are tied with it. lora r8 is shown to be within 0.01 of accuracy of it (two one-sided tests, α = 0.05).`,
    );
    expect(of([], false)).toBe(
      `${leads} lora r8 and rslora r8 are tied with it. A tie is no proof of being equal: none is shown to be within what another seed does (0.01).`,
    );
  });

  it('says what groups of two seeds are worth, where there are any', () => {
    const twice = rows.slice(0, 2).map((each) => ({ ...each, seeds: 2 }));
    const of = (adjustedPValue: number) =>
      boardVerdictText(board({}, { rows: twice, alpha: 0.05, comparisons: [partOf<Comparison>({ adjustedPValue })] }));
    expect(of(0.01)).toContain('Groups of two seeds are weak');
    expect(of(0.2)).not.toContain('Groups of two seeds');
  });

  it('says nothing of seeds where nothing is known', () => {
    expect(boardVerdictText(board({ tied: [1, 2, 3] }))).toBe(
      `${leads} lora r8, rslora r8 and bitfit are tied with it.`,
    );
  });

  it('says that seeds were added after looks at the board, and what that does to its tests', () => {
    const looked = rows.map((each, at) => (at < 2 ? { ...each, added: { seeds: 4, looks: at + 1 } } : each));
    expect(boardVerdictText(board({ tied: [1] }, { rows: looked, alpha: 0.05 }))).toBe(
      `${leads} lora r8 is tied with it. Seeds of dora r8 and lora r8 were added after a look at this board, which makes 3 looks: chance passes for a difference more often than α = 0.05 says.`,
    );
  });

  it('says that the lead is real where every other row is told apart', () => {
    expect(boardVerdictText(board({}))).toBe(`${leads} It is told apart from all 3 other rows.`);
    expect(boardVerdictText(board({}, { rows: rows.slice(0, 2) }))).toBe(
      `${leads} It is told apart from the other row, lora r8.`,
    );
    expect(boardVerdictText(board({}, { rows: rows.slice(0, 1) }))).toBe(
      `${leads} No other row has a score to hold against it.`,
    );
  });

  it('leaves open what rests on one seed', () => {
    const once = (...single: readonly number[]) => ({
      rows: rows.map((each, at) => (single.includes(at) ? { ...each, seeds: 1 } : each)),
    });
    const takes = `${leads} lora r8 and rslora r8 are not judged against it: that takes two seeds or more`;
    expect(boardVerdictText(board({ undecided: [1, 2] }, once(0, 1, 2)))).toBe(`${takes} on both sides.`);
    expect(boardVerdictText(board({ undecided: [1, 2] }, once(1, 2)))).toBe(`${takes} of lora r8 and rslora r8.`);
    expect(boardVerdictText(board({ undecided: [1, 2] }, once(0)))).toBe(`${takes} of dora r8.`);
    // One run of what trains nothing is enough.
    const fixed = board({ undecided: [1, 2], seedless: [2] }, once(0, 2));
    expect(boardVerdictText(fixed)).toBe(`${takes} of dora r8.`);
  });

  it('asks for no further seeds of an adapter that was trained elsewhere', () => {
    const mine = row('lora', 0.955, { adapter: 'mine', steps: 0, seeds: 1 });
    const name = 'lora + from mine r8 not trained here';
    const none = `${name} is of one seed, and no more can be had here`;
    const ahead = boardVerdictText(board({ undecided: [1, 2] }, { rows: [mine, ...rows.slice(1, 3)] }));
    expect(ahead).toBe(
      `${name} leads with accuracy 0.955 (0.930 to 0.970). lora r8 and rslora r8 are not judged against it: ${none}.`,
    );
    const behind = [
      { ...rows[0]!, seeds: 1 },
      { ...mine, score: 0.951 },
    ];
    expect(boardVerdictText(board({ undecided: [1] }, { rows: behind }))).toBe(
      `${leads} ${name} is not judged against it: that takes two seeds or more of dora r8; ${none}.`,
    );
  });

  it('asks for seeds of the side that trains alone', () => {
    const of = (verdict: Partial<BoardVerdict>) => boardVerdictText(board({ tied: [1], ...verdict }));
    expect(of({ seeds: seeds(6), seedless: [1] })).toBe(
      `${leads} lora r8 is tied with it: about 6 more seeds of dora r8 (80 % interval: 2 to more than 100) should tell it from lora r8.`,
    );
    expect(of({ seeds: seeds(null), seedless: [0] })).toBe(
      `${leads} lora r8 is tied with it: telling it from dora r8 likely takes more than 100 more seeds of lora r8 (80 % interval: 9 to more than 100); the difference seen is smaller than its own error.`,
    );
  });

  it('counts the names of a long list', () => {
    const many = [...rows, row('vera', 0.79), row('ia3', 0.78)];
    expect(boardVerdictText(board({ tied: [1, 2, 3, 4, 5] }, { rows: many }))).toContain(
      'lora r8, rslora r8, bitfit and 2 more are tied with it.',
    );
  });

  it('says that a board is not final, and that a reference is not beaten', () => {
    const references = [{ name: 'majority class', score: 0.96 }];
    expect(boardVerdictText(board({}, { complete: false, references, rows: rows.slice(0, 2) }))).toBe(
      `So far, ${leads} It is told apart from the other row, lora r8. But majority class has 0.960: what is no better than this reference has learnt nothing of use.`,
    );
    const beaten = board({}, { references: [{ name: 'majority class', score: 0.95 }] });
    expect(boardVerdictText(beaten)).not.toContain('reference');
  });

  it('reads references by the direction of the metric', () => {
    const perplexity: BoardFigures['metric'] = { name: 'perplexity', direction: 'minimize', range: [1, null] };
    const held = (score: number) => board({}, { metric: perplexity, references: [{ name: 'unigram', score }] });
    expect(boardVerdictText(held(0.9))).toContain('But unigram has 0.900: what is no better');
    expect(boardVerdictText(held(1))).not.toContain('reference');
  });

  it('calls rows by their learning rate where each configuration has one', () => {
    expect(boardVerdictText(board({ tied: [1] }), 'configuration')).toMatch(
      /^dora r8 lr 1e-3 leads .* lora r8 lr 1e-3 is tied/,
    );
  });

  it('says what does not fit where no row has a score, and nothing of a board without either', () => {
    const none = { rows: [row('lora', null)] };
    expect(boardVerdictText(board({ leader: null, memoryBudgetMiB: 4 }, { rows: [tooLarge('ia3', 5)] }))).toBe(
      'Within 4 MiB, ia3 (5.0 MiB) does not fit, and no row has a score.',
    );
    expect(boardVerdictText(board({ leader: null }, none))).toBeUndefined();
  });
});

describe('otherBoardText', () => {
  it('says beside a board within one budget that another board corrects over other pairs', () => {
    expect(otherBoardText(board({ memoryBudgetMiB: 512 }))).toBe(
      'Tests are corrected over the pairs of this board: rows that are tied here may be told apart on the board of all budgets, or the reverse.',
    );
  });

  it('says nothing on the board of all budgets, nor where there is nothing to compare', () => {
    expect(otherBoardText(board({}))).toBeUndefined();
    const one = { rows: [row('lora', 0.9), row('bitfit', null)] };
    expect(otherBoardText(board({ memoryBudgetMiB: 512 }, one))).toBeUndefined();
  });
});

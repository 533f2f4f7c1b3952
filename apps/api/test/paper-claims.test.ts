/** @file Paper claims against boards made by hand. */
import { type EvidenceVerdict, type Leaderboard, verdictText } from '@rankforge/contracts';
import { type ClaimedSize, findMethod, findOptimizer, methods, optimizers, type PaperScale } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { boardOf } from '../../../test/support/boards.js';
import { partOf } from '../../../test/support/part-of.js';
import { scaleOf } from '../src/paper-claims/gate.js';
import { contenders, judge as judgeOf, overall } from '../src/paper-claims/judge.js';
import { paperClaimsMarkdown } from '../src/paper-claims/markdown.js';

type BoardRow = Leaderboard['rows'][number];

const row = (method: string, optimizer: string, score: number | null, rest: Partial<BoardRow> = {}) =>
  partOf<BoardRow>({
    method,
    optimizer,
    score,
    rank: null,
    seeds: 3,
    steps: 300,
    edges: [],
    trainableParameters: 1000,
    measuredPeakBytes: 2 ** 20,
    trialIds: [method],
    ...rest,
  });

/** A pair `a, b` by the indices of its rows. */
function board(
  rows: BoardRow[],
  comparison: Partial<Leaderboard['comparisons'][number]> = {},
  metric: Leaderboard['metric'] = { name: 'perplexity', direction: 'minimize', range: [1, null] },
): Leaderboard {
  return boardOf({
    task: 'moby-dick',
    base: 'tiny',
    metric,
    rows,
    comparisons: [
      {
        a: 0,
        b: 1,
        effect: 'ratio',
        difference: 0.8,
        interval: [0.6, 1.1],
        simultaneousInterval: [0.5, 1.25],
        pValue: 0.01,
        adjustedPValue: 0.02,
        paired: true,
        covers: 'seeds-and-examples',
        untested: null,
        ...comparison,
      },
    ],
  });
}

/** On a base as large as that of any paper. */
const judge = (boards: Leaderboard[], compare: NonNullable<typeof score>, size: ClaimedSize | undefined) =>
  judgeOf(boards, compare, { size }, 70e9);

const score = contenders('dora', findMethod('dora').paperClaims![0]!)!;
const accuracy = { name: 'accuracy', direction: 'maximize' as const, range: [0, 1] as [number, number] };
/** A gain of 10 points, or of so much. */
const gain = (difference = 0.1) => ({
  effect: 'difference' as const,
  difference,
  interval: [difference - 0.05, difference + 0.05] as [number, number],
});

describe('a paper claim about a score', () => {
  it('names its contenders from the record', () => {
    expect(score).toEqual({
      own: { method: 'dora', optimizer: 'adamw' },
      other: { method: 'lora', optimizer: 'adamw' },
      measure: 'score',
      kind: 'finetune',
    });
    const plus = findOptimizer('lora-plus');
    expect(contenders('lora-plus', plus.paperClaims![0]!)).toMatchObject({
      own: { method: 'lora', optimizer: 'lora-plus' },
      other: { method: 'lora', optimizer: 'adamw' },
    });
  });

  it('holds trainings against each other that are as long, and else says why it does not', () => {
    const of = (method: string, value: number, steps: number) =>
      row(method, 'adamw', value, { steps, settings: { steps } });
    const rows = [of('lora', 70, 900), of('dora', 80, 300), of('lora', 100, 300)];
    expect(judge([board(rows, { a: 1, b: 2 })], score, undefined)).toMatchObject({
      own: 80,
      other: 100,
      verdict: 'same direction',
    });
    expect(judge([board([of('lora', 100, 300), of('dora', 80, 40)])], score, undefined)).toMatchObject({
      verdict: 'not comparable',
      because: '40 steps against 300',
    });
  });

  it('is turned so that its own contender comes first, interval and all', () => {
    const found = judge([board([row('lora', 'adamw', 80), row('dora', 'adamw', 100)])], score, { ratio: 0.9 })!;
    expect(found).toMatchObject({ own: 100, other: 80, effect: 'ratio', verdict: 'contradicts', seeds: 3 });
    expect(found.difference).toBeCloseTo(1.25, 12);
    expect(found.interval![0]).toBeCloseTo(0.8, 12);
    expect(found.interval![1]).toBeCloseTo(2, 12);
    expect(found.trialIds).toEqual(['dora', 'lora']);
  });

  it('agrees where it is better by the claimed size, whichever way is better, and not where chance may do it', () => {
    const rows = [row('dora', 'adamw', 80), row('lora', 'adamw', 100)];
    const on = (one: Leaderboard, size: ClaimedSize | undefined) => judge([one], score, size)!;
    expect(on(board(rows), { ratio: 0.8 })).toMatchObject({ verdict: 'agrees', claimed: 0.8, because: null });
    expect(on(board(rows), { ratio: 0.79 }).verdict).toBe('smaller than claimed');
    // At the level itself the letters of a board tell its rows apart.
    expect(on(board(rows, { adjustedPValue: 0.05 }), { ratio: 0.8 }).verdict).toBe('agrees');
    expect(on(board(rows, { adjustedPValue: 0.0501 }), { ratio: 0.8 }).verdict).toBe('not told apart');
    // A pair of one seed is not tested.
    const untested = { adjustedPValue: 1, covers: 'examples-only' as const, untested: 'one seed' };
    expect(on(board(rows, untested), { ratio: 0.8 })).toMatchObject({ verdict: 'not told apart', because: 'one seed' });
    expect(on(board(rows, gain(), accuracy), { points: 10 })).toMatchObject({ verdict: 'agrees', claimed: 0.1 });
    expect(on(board(rows, gain(), accuracy), { points: 10.1 }).verdict).toBe('smaller than claimed');
    expect(on(board(rows, gain(-0.1), accuracy), { points: 3.4 }).verdict).toBe('contradicts');
  });

  it('says the same direction alone where no size is claimed, or one of another unit', () => {
    const rows = [row('dora', 'adamw', 80), row('lora', 'adamw', 100)];
    expect(judge([board(rows)], score, undefined)).toMatchObject({
      verdict: 'same direction',
      claimed: null,
      because: 'no size is claimed',
    });
    expect(judge([board(rows)], score, { points: 3.4 })).toMatchObject({
      verdict: 'same direction',
      claimed: null,
      because: 'the claimed size is not one of perplexity',
    });
    expect(judge([board(rows, gain(), accuracy)], score, { ratio: 0.9 })!.verdict).toBe('same direction');
  });

  it('is judged at equal rank: on a board of one rank where the chosen ranks differ, else not at all', () => {
    const at = (own: number, other: number) =>
      board([row('dora', 'adamw', 80, { rank: own }), row('lora', 'adamw', 100, { rank: other })]);
    const size = { ratio: 0.8 };
    expect(judge([at(16, 16)], score, size)).toMatchObject({ ranks: [16, 16], verdict: 'agrees' });
    expect(judge([at(16, 4)], score, size)).toMatchObject({
      ranks: [16, 4],
      verdict: 'not comparable',
      because: 'rank 16 against rank 4',
    });
    const onlyOne = board([row('dora', 'adamw', null, { rank: 4 }), row('lora', 'adamw', 100, { rank: 4 })]);
    expect(judge([at(16, 4), onlyOne, at(16, 16)], score, size)).toMatchObject({ ranks: [16, 16], verdict: 'agrees' });
  });

  it('is not judged by trainings in which the mechanism of one of them never came round', () => {
    const idle = { neverFired: ['dora: never does it in 40 steps (gap 200)'] };
    const rows = [row('dora', 'adamw', 80, idle), row('lora', 'adamw', 100)];
    expect(judge([board(rows)], score, { ratio: 0.8 })).toMatchObject({
      verdict: 'not comparable',
      because: 'dora: never does it in 40 steps (gap 200)',
    });
    const other = [row('dora', 'adamw', 80), row('lora', 'adamw', 100, { neverFired: ['lora: never'] })];
    expect(judge([board(other)], score, { ratio: 0.8 })).toMatchObject({
      verdict: 'not comparable',
      because: 'lora: never',
    });
  });

  it('is not judged without both on the board', () => {
    const of = (rows: BoardRow[]) => judge([board(rows)], score, undefined);
    expect(of([row('dora', 'adamw', 80), row('lora', 'adamw', null)])).toBeUndefined();
    expect(of([row('dora', 'adamw', 80), row('lora', 'sgd', 90)])).toBeUndefined();
  });
});

it('a paper claim about a size compares counts, without an interval, and × 100 is not met by × 8', () => {
  const [claim] = findMethod('lora-xs').paperClaims!;
  const compare = contenders('lora-xs', claim!)!;
  const of = (trainableParameters: number) =>
    judge(
      [board([row('lora', 'adamw', 80), row('lora-xs', 'adamw', 90, { trainableParameters })])],
      compare,
      claim!.compare!.size,
    );
  expect(of(10)).toMatchObject({
    own: 10,
    other: 1000,
    difference: 0.01,
    interval: null,
    claimed: 0.01,
    verdict: 'agrees',
  });
  expect(of(125)!.verdict).toBe('smaller than claimed');
  expect(of(1000)!.verdict).toBe('not told apart');
  expect(of(1001)!.verdict).toBe('contradicts');
});

describe('a paper claim about memory', () => {
  const compare = contenders(
    'loram',
    findMethod('loram').paperClaims!.find((one) => one.compare?.measure === 'memory')!,
  )!;
  const of = (method: string, measuredPeakBytes: number, settings: BoardRow['settings']) =>
    row(method, 'adamw', 80, { measuredPeakBytes, steps: 40, settings });
  const judged = (...rows: BoardRow[]) => judge([board(rows)], compare, undefined);

  // Micro-batches of `auto` are as large as fits, so that every method holds about its whole budget.
  it.each([
    [{ batchSize: 4, accumulate: 2 }, { batchSize: 8, accumulate: 1 }, 'batch size 4 against 8'],
    [{ engine: 'tensorflow' }, { engine: 'wasm' }, 'engine tensorflow against wasm'],
    [{ execution: 'perLayer' }, {}, 'execution perLayer against none'],
  ])('is not judged by trainings that hold other things besides: %j against %j', (mine, theirs, because) => {
    const rows = [of('loram', 2 ** 19, mine), of('lora', 2 ** 20, theirs)];
    expect(judged(...rows)).toMatchObject({ verdict: 'not comparable', because });
    // A row of the same settings is asked in its place.
    expect(judged(...rows, of('lora', 2 ** 18, mine))).toMatchObject({ verdict: 'contradicts', other: 2 ** 18 });
  });

  it('takes trainings that are alike for its verdict', () => {
    const settings = { batchSize: 8, accumulate: 1 };
    expect(judged(of('loram', 2 ** 19, settings), of('lora', 2 ** 20, settings))).toMatchObject({
      verdict: 'same direction',
      difference: 0.5,
    });
  });
});

describe('a comparison on a smaller scale than a tenth of the one in the paper', () => {
  const only = { axis: 'learningRate', value: 0.003, side: 'only' as const, tried: [0.003] };
  const of = (parameters: number | null, own: Partial<BoardRow> = {}, claimed: PaperScale = { parameters: 125e6 }) => {
    const rows = [row('dora', 'adamw', 110, own), row('lora', 'adamw', 100)];
    const turned = { difference: 1.25, simultaneousInterval: [1.1, 1.4] as [number, number] };
    return judgeOf([board(rows, turned)], score, { size: { ratio: 0.8 }, scale: claimed }, parameters)!;
  };

  it('contradicts nothing, and says what it lacks', () => {
    expect(of(12.5e6)).toMatchObject({ verdict: 'contradicts', because: null });
    expect(of(171_648)).toMatchObject({
      verdict: 'not tested here',
      because: 'a base of 0.17 M parameters, where the paper has 125 M: asked for is a tenth, 12.5 M',
      own: 110,
      other: 100,
      difference: 1.25,
    });
    expect(of(null).because).toBe('the size of the base is not known');
    expect(of(125e6, { steps: 299, settings: { steps: 299 } }).verdict).toBe('not comparable');
    const brief = [row('dora', 'adamw', 110, { steps: 40 }), row('lora', 'adamw', 100, { steps: 40 })];
    expect(judgeOf([board(brief)], score, {}, 125e6)).toMatchObject({
      verdict: 'not tested here',
      because: '40 steps, and asked for are 300',
    });
    expect(of(125e6, { edges: [only] }).because).toBe('dora: learning rate 0.003 is the only one tried');
    const highest = { axis: 'learningRate', value: 0.03, side: 'highest' as const, tried: [0.003, 0.01, 0.03] };
    expect(of(125e6, { edges: [highest] }).because).toBe('dora: learning rate 0.03 is the highest tried');
    // The rank is what the comparison is made at.
    expect(of(125e6, { edges: [{ axis: 'rank', value: 4, side: 'lowest', tried: [4, 8] }] }).verdict).toBe(
      'contradicts',
    );
  });

  it('agrees with nothing either', () => {
    const rows = [row('dora', 'adamw', 80), row('lora', 'adamw', 100)];
    expect(judgeOf([board(rows)], score, { size: { ratio: 0.8 } }, 171_648)!.verdict).toBe('not tested here');
    expect(judgeOf([board(rows, { adjustedPValue: 0.5 })], score, {}, 171_648)!.verdict).toBe('not tested here');
  });

  it('is held to the size and the steps that the record gives, and to usual ones where it gives none', () => {
    expect(scaleOf(undefined)).toEqual({ parameters: 125e6, steps: 3000 });
    expect(scaleOf({ parameters: 60e6 })).toEqual({ parameters: 60e6, steps: 3000 });
    expect(of(135e6, {}, { parameters: 7e9 }).because).toContain('asked for is a tenth, 700 M');
    expect(of(7e9, {}, { parameters: 7e9, steps: 150_000 }).because).toBe('300 steps, and asked for are 15,000');
  });

  it('needs the size alone where counts are compared, which no training changes', () => {
    const [claim] = findMethod('lora-xs').paperClaims!;
    const compare = contenders('lora-xs', claim!)!;
    const rows = [
      row('lora', 'adamw', 80, { edges: [only] }),
      row('lora-xs', 'adamw', 90, { trainableParameters: 10, edges: [only] }),
    ];
    expect(judgeOf([board(rows)], compare, claim!.compare!, 7e8)!.verdict).toBe('agrees');
    expect(judgeOf([board(rows)], compare, claim!.compare!, 6.9e8)).toMatchObject({
      verdict: 'not tested here',
      because: 'a base of 690 M parameters, where the paper has 7 B: asked for is a tenth, 700 M',
    });
  });
});

it('several boards give one verdict', () => {
  const of = (...verdicts: EvidenceVerdict[]) => overall(verdicts.map((verdict) => ({ verdict })));
  expect(of()).toBe('not measured');
  expect(of('agrees', 'not told apart', 'not comparable')).toBe('agrees');
  expect(of('contradicts')).toBe('contradicts');
  expect(of('agrees', 'contradicts')).toBe('mixed');
  expect(of('agrees', 'smaller than claimed')).toBe('mixed');
  expect(of('same direction', 'same direction')).toBe('same direction');
  expect(of('not comparable', 'not told apart')).toBe('not told apart');
  expect(of('not comparable')).toBe('not comparable');
  expect(of('not tested here', 'agrees')).toBe('agrees');
  expect(of('not tested here', 'not comparable')).toBe('not tested here');
  expect(of('not told apart', 'not tested here')).toBe('not told apart');
});

it('every paper claim on record names contenders that there are, other than itself', () => {
  const known = {
    methods: new Set(methods.map(({ name }) => name)),
    optimizers: new Set(optimizers.map(({ name }) => name)),
  };
  const all = [
    ...methods.flatMap(({ name, paperClaims = [] }) => paperClaims.map((paperClaim) => contenders(name, paperClaim))),
    ...optimizers.flatMap(({ name, paperClaims = [] }) =>
      paperClaims.map((paperClaim) => contenders(name, paperClaim)),
    ),
  ];
  expect(all.length).toBeGreaterThan(50);
  for (const { compare } of [...methods, ...optimizers].flatMap(({ paperClaims = [] }) => [...paperClaims])) {
    if (compare?.size === undefined) continue;
    const { size, measure } = compare;
    if ('ratio' in size) expect(size.ratio).toBeLessThan(1);
    else expect([measure, size.points > 0]).toEqual(['score', true]);
  }
  for (const compare of all.flatMap((one) => one ?? [])) {
    expect(compare.own).not.toEqual(compare.other);
    for (const { method, optimizer } of [compare.own, compare.other]) {
      expect(known.methods).toContain(method);
      expect(known.optimizers).toContain(optimizer);
      const { purposes = ['finetune'] } = findMethod(method);
      expect(purposes, `${method} of ${JSON.stringify(compare)}`).toContain(compare.kind);
    }
  }
});

it('is written as a table, with what is claimed, and the base in the verdict', () => {
  const rows = [row('dora', 'adamw', 80.123456, { rank: 8 }), row('lora', 'adamw', 100, { rank: 8 })];
  const evidenceOf = (size?: ClaimedSize) => {
    const { trialIds: _, ...rest } = judge([board(rows)], score, size)!;
    return [{ ...rest, baseParameters: 171_648, sweepIds: [] }];
  };
  const paperClaim = {
    of: 'method' as const,
    name: 'dora',
    title: 'DoRA',
    text: 'a | b',
    source: 'somewhere',
    compare: score,
    untold: null,
  };
  const agreed = { ...paperClaim, verdict: 'agrees' as const, evidence: evidenceOf({ ratio: 0.9 }) };
  const text = paperClaimsMarkdown({
    paperClaims: [
      agreed,
      { ...paperClaim, text: 'd', verdict: 'same direction', evidence: evidenceOf() },
      { ...paperClaim, text: 'c', compare: null, untold: 'No such board', verdict: 'not measured', evidence: [] },
    ],
    without: ['rslora'],
    alpha: 0.05,
  });
  const tried = 'better test score: dora than lora | moby-dick, rank 8, 3 seeds | 80.12 | 100 | × 0.8 [0.5, 1.25]';
  expect(text).toContain(`| DoRA | a \\| b | somewhere | ${tried} | × 0.9 | agrees on tiny, 0.17 M |`);
  expect(text).toContain(`${tried} | – | same direction on tiny, 0.17 M: no size is claimed |`);
  expect(text).toContain('| DoRA | c | somewhere | – |  |  |  |  |  | not measured: No such board |');
  expect(text).toContain('| rslora | nothing verified | – | – |  |  |  |  |  | not measured |');
  expect(text).toContain('“Nothing verified”: there is a paper');
  const complete = paperClaimsMarkdown({ paperClaims: [], without: [], alpha: 0.05 });
  expect(complete.toLowerCase()).not.toContain('nothing verified');
  expect(verdictText(agreed)).toBe('agrees on tiny, 0.17 M');
  expect(verdictText({ verdict: 'not measured', evidence: [] })).toBe('not measured');
});

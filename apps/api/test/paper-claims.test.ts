/** @file Paper claims against boards made by hand. */
import type { Leaderboard, LeaderboardRow } from '@rankforge/contracts';
import { findMethod, findOptimizer, methods, optimizers } from '@rankforge/peft';
import { describe, expect, it } from 'vitest';
import { contenders, judge, overall } from '../src/paper-claims/judge.js';
import { paperClaimsMarkdown } from '../src/paper-claims/markdown.js';

const row = (method: string, optimizer: string, score: number | null, rest: Partial<LeaderboardRow> = {}) =>
  ({
    method,
    optimizer,
    score,
    seeds: 3,
    trainableParameters: 1000,
    measuredPeakBytes: 2 ** 20,
    trialIds: [method],
    ...rest,
  }) as LeaderboardRow;

/** A pair `a, b` by the indices of its rows. */
function board(
  rows: LeaderboardRow[],
  comparison: Partial<Leaderboard['comparisons'][number]> = {},
  metric: Leaderboard['metric'] = { name: 'perplexity', direction: 'minimize' },
): Leaderboard {
  return {
    task: 'moby-dick',
    base: 'tiny',
    kind: 'finetune',
    metric,
    rows,
    comparisons: [
      {
        a: 0,
        b: 1,
        effect: 'ratio',
        difference: 0.8,
        interval: [0.5, 1.25],
        simultaneousInterval: [0.5, 1.25],
        pValue: 0.01,
        adjustedPValue: 0.02,
        paired: true,
        ...comparison,
      },
    ],
    budgetsMiB: [],
    testExamples: 10,
    alpha: 0.05,
    complete: true,
    published: null,
  };
}

const score = contenders('method', 'dora', findMethod('dora').paperClaims![0]!)!;

describe('a paper claim about a score', () => {
  it('names its contenders from the record', () => {
    expect(score).toEqual({
      own: { method: 'dora', optimizer: 'adamw' },
      other: { method: 'lora', optimizer: 'adamw' },
      measure: 'score',
      kind: 'finetune',
    });
    const plus = findOptimizer('lora-plus');
    expect(contenders('optimizer', 'lora-plus', plus.paperClaims![0]!)).toMatchObject({
      own: { method: 'lora', optimizer: 'lora-plus' },
      other: { method: 'lora', optimizer: 'adamw' },
    });
  });

  it('is turned so that its own contender comes first, interval and all', () => {
    const found = judge(board([row('lora', 'adamw', 80), row('dora', 'adamw', 100)]), score)!;
    expect(found).toMatchObject({ own: 100, other: 80, effect: 'ratio', verdict: 'contradicts', seeds: 3 });
    expect(found.difference).toBeCloseTo(1.25, 12);
    expect(found.interval![0]).toBeCloseTo(0.8, 12);
    expect(found.interval![1]).toBeCloseTo(2, 12);
    expect(found.trialIds).toEqual(['dora', 'lora']);
  });

  it('agrees where it is better, whichever way is better, and not where chance may do it', () => {
    const rows = [row('dora', 'adamw', 80), row('lora', 'adamw', 100)];
    expect(judge(board(rows), score)!.verdict).toBe('agrees');
    expect(judge(board(rows, { adjustedPValue: 0.05 }), score)!.verdict).toBe('not told apart');
    const accuracy = { name: 'accuracy', direction: 'maximize' as const };
    const gain = { effect: 'difference' as const, difference: 0.1, interval: [0.05, 0.15] as [number, number] };
    expect(judge(board(rows, gain, accuracy), score)!.verdict).toBe('agrees');
    expect(judge(board(rows, { ...gain, difference: -0.1 }, accuracy), score)!.verdict).toBe('contradicts');
  });

  it('is not judged without both on the board', () => {
    expect(judge(board([row('dora', 'adamw', 80), row('lora', 'adamw', null)]), score)).toBeUndefined();
    expect(judge(board([row('dora', 'adamw', 80), row('lora', 'sgd', 90)]), score)).toBeUndefined();
  });
});

it('a paper claim about a size compares counts, without an interval', () => {
  const paperClaim = contenders('method', 'lora-xs', findMethod('lora-xs').paperClaims![0]!)!;
  const small = row('lora-xs', 'adamw', 90, { trainableParameters: 10 });
  expect(judge(board([row('lora', 'adamw', 80), small]), paperClaim)).toMatchObject({
    own: 10,
    other: 1000,
    difference: 0.01,
    interval: null,
    verdict: 'agrees',
  });
});

it('several boards give one verdict', () => {
  const of = (...verdicts: ('agrees' | 'contradicts' | 'not told apart')[]) =>
    overall(verdicts.map((verdict) => ({ verdict })));
  expect([of(), of('agrees', 'not told apart'), of('contradicts'), of('agrees', 'contradicts')]).toEqual([
    'not measured',
    'agrees',
    'contradicts',
    'mixed',
  ]);
  expect(of('not told apart')).toBe('not told apart');
});

it('every paper claim on record names contenders that there are, other than itself', () => {
  const known = {
    methods: new Set(methods.map(({ name }) => name)),
    optimizers: new Set(optimizers.map(({ name }) => name)),
  };
  const all = [
    ...methods.flatMap(({ name, paperClaims = [] }) =>
      paperClaims.map((paperClaim) => contenders('method', name, paperClaim)),
    ),
    ...optimizers.flatMap(({ name, paperClaims = [] }) =>
      paperClaims.map((paperClaim) => contenders('optimizer', name, paperClaim)),
    ),
  ];
  expect(all.length).toBeGreaterThan(50);
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

it('is written as a table', () => {
  const evidence = judge(board([row('dora', 'adamw', 80.123456), row('lora', 'adamw', 100)]), score)!;
  const { trialIds: _, ...rest } = evidence;
  const paperClaim = {
    of: 'method' as const,
    name: 'dora',
    title: 'DoRA',
    text: 'a | b',
    source: 'somewhere',
    compare: score,
    untold: null,
  };
  const text = paperClaimsMarkdown({
    paperClaims: [
      { ...paperClaim, verdict: 'agrees', evidence: [{ ...rest, sweepIds: [] }] },
      { ...paperClaim, text: 'c', compare: null, untold: 'No such board', verdict: 'not measured', evidence: [] },
    ],
    without: ['rslora'],
    alpha: 0.05,
  });
  expect(text).toContain(
    '| DoRA | a \\| b | somewhere | better test score: dora than lora | moby-dick on tiny, 3 seeds | 80.12 | 100 | × 0.8 [0.5, 1.25] | agrees |',
  );
  expect(text).toContain('| DoRA | c | somewhere | – |  |  |  |  | not measured: No such board |');
  expect(text).toContain('| rslora | nothing verified | – | – |  |  |  |  | not measured |');
  expect(text).toContain('“Nothing verified”: there is a paper');
  const complete = paperClaimsMarkdown({ paperClaims: [], without: [], alpha: 0.05 });
  expect(complete.toLowerCase()).not.toContain('nothing verified');
});

import { against, type BoardFigures, type LeaderboardRow, leadersOf } from '@rankforge/contracts';
import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { rowKey } from '../src/features/leaderboard/rows.js';

const board: BoardFigures = {
  task: 'moby-dick',
  base: 'tiny',
  kind: 'finetune',
  metric: { name: 'perplexity', direction: 'minimize', range: [1, null] },
  rows: [],
  verdict: { leader: null, tied: [], undecided: [], seedless: [], doesNotFit: 0, memoryBudgetMiB: null },
  references: [],
  comparisons: [
    {
      a: 0,
      b: 1,
      effect: 'difference',
      difference: -2,
      interval: [-3, -1],
      simultaneousInterval: [-3.5, -0.5],
      pValue: 0.001,
      adjustedPValue: 0.003,
      paired: true,
      covers: 'seeds-and-examples',
      untested: null,
    },
    {
      a: 2,
      b: 1,
      effect: 'difference',
      difference: 0.1,
      interval: [-1, 1.2],
      simultaneousInterval: [-2, 2.2],
      pValue: 0.8,
      adjustedPValue: 1,
      paired: false,
      covers: 'examples-only',
      untested: 'one seed',
    },
  ],
  budgetsMiB: [],
  limits: {},
  testExamples: 10,
  alpha: 0.05,
  complete: true,
  scenarios: [],
  scenario: null,
  published: null,
};

describe('against', () => {
  it('turns a comparison and its simultaneous interval so that the asked row comes first', () => {
    expect(against(board, 1)).toEqual([
      {
        other: 0,
        effect: 'difference',
        difference: 2,
        interval: [0.5, 3.5],
        adjustedPValue: 0.003,
        paired: true,
        untested: null,
        verdict: 'worse',
      },
      {
        other: 2,
        effect: 'difference',
        difference: -0.1,
        interval: [-2.2, 2],
        adjustedPValue: 1,
        paired: false,
        untested: 'one seed',
        verdict: 'not told apart',
      },
    ]);
  });

  it('turns a ratio by dividing, and reads it against 1', () => {
    const ratios = {
      ...board,
      comparisons: [
        {
          a: 0,
          b: 1,
          effect: 'ratio' as const,
          difference: 0.8,
          interval: [0.6, 0.9] as [number, number],
          simultaneousInterval: [0.5, 1] as [number, number],
          pValue: 0.01,
          adjustedPValue: 0.01,
          paired: true,
          covers: 'seeds-and-examples' as const,
          untested: null,
        },
      ],
    };
    expect(against(ratios, 0)[0]).toMatchObject({ difference: 0.8, verdict: 'better' });
    expect(against(ratios, 1)[0]).toMatchObject({ difference: 1.25, interval: [1, 2], verdict: 'worse' });
  });

  it('reads better by the direction of the metric', () => {
    expect(against(board, 0)[0]?.verdict).toBe('better');
    expect(
      against({ ...board, metric: { name: 'accuracy', direction: 'maximize', range: [0, 1] } }, 0)[0]?.verdict,
    ).toBe('worse');
  });
});

describe('rowKey', () => {
  it.each(['optimizer', 'strategy', 'recipe', 'generator', 'baseDtype'])('tells rows apart by their %s', (part) => {
    const row = partOf<LeaderboardRow>({ method: 'lora', optimizer: 'adamw', rank: 8, learningRate: 1e-3, config: {} });
    expect(rowKey({ ...row, [part]: 'other' })).not.toBe(rowKey(row));
    expect(rowKey({ ...row, seeds: 9 })).toBe(rowKey(row));
  });
});

describe('leadersOf', () => {
  it('goes by comparisons, and not by letters that other groups are made of', () => {
    const row = (score: number | null, group: string | null) => partOf<LeaderboardRow>({ score, group });
    const [better, level] = board.comparisons;
    const rows = [row(1, 'a'), row(2, 'aa'), row(3, 'b'), row(null, null)];
    const comparisons = [better!, { ...level!, a: 0, b: 2 }];
    expect(leadersOf({ ...board, rows, comparisons })).toEqual(new Set([0, 2]));
    expect(leadersOf({ ...board, rows: [row(null, null)], comparisons: [] })).toEqual(new Set());
  });
});

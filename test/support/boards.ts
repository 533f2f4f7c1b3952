import type { Leaderboard } from '@rankforge/contracts';

/** A leaderboard made by hand: complete, without references and comparisons, and led by its first row where that has a score. */
export function boardOf(own: Pick<Leaderboard, 'task' | 'metric' | 'rows'> & Partial<Leaderboard>): Leaderboard {
  return {
    base: 'nano-sotu',
    kind: 'finetune',
    verdict: {
      leader: own.rows[0]?.score == null ? null : 0,
      tied: [],
      undecided: [],
      seedless: [],
      doesNotFit: 0,
      memoryBudgetMiB: null,
    },
    answers: [],
    answer: null,
    references: [],
    comparisons: [],
    budgetsMiB: [],
    limits: {},
    scenarios: [],
    scenario: null,
    testExamples: 100,
    alpha: 0.05,
    complete: true,
    published: null,
    ...own,
  };
}

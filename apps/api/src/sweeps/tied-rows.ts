import type { Leaderboard } from '@rankforge/contracts';
import { evaluatorNames } from '@rankforge/evaluators';
import { ProblemError } from '../platform/http/problem.js';

/** Rows of a board that are to have further seeds: a training of each, and how many seeds. */
export interface TiedRows {
  trialIds: string[];
  count: number;
}

/**
 * The row that leads the board of a sweep, and those tied with it.
 *
 * @param seeds to add; undefined: as many as the board says
 * @throws ProblemError `conflict` where nothing is tied, or no number of seeds is known
 */
export const tiedRows = (board: Leaderboard, sweepId: string, seeds: number | undefined): TiedRows => ({
  count: seeds ?? seedsAdvised(board, sweepId),
  trialIds: tiedTrials(board, sweepId),
});

/** The number of seeds that the verdict of a board says. @throws ProblemError where it says none */
function seedsAdvised({ verdict: { seeds } }: Leaderboard, sweepId: string): number {
  if (seeds?.further) return seeds.further;
  const why = seeds
    ? `telling its rows apart likely takes more than ${seeds.most} more seeds each`
    : 'its board says no number';
  throw new ProblemError('conflict', `Sweep ${sweepId}: ${why}; say how many seeds to add`);
}

/** A training of each row that is to have further seeds. @throws ProblemError where no row is tied with the leader */
function tiedTrials({ rows, verdict: { leader, tied } }: Leaderboard, sweepId: string): string[] {
  if (leader === null || tied.length === 0) {
    throw new ProblemError('conflict', `Sweep ${sweepId} has no row that is tied with the one that leads its board`);
  }
  // A seed of what trains nothing is no further draw.
  return [leader, ...tied]
    .map((index) => rows[index]!)
    .filter(({ method }) => !evaluatorNames.includes(method))
    .map(({ trialIds }) => trialIds[0]!);
}

/** @file Which reference lines of a board its chart can show. */
import { endsOf } from './axis-limits.js';
import type { Leaderboard } from './leaderboard.js';

type Board = Pick<Leaderboard, 'rows' | 'references'>;

/**
 * References near enough to the rows for one chart: at most as far from them as they lie apart. One that is further off would
 * press the rows into a corner, and is told in words alone.
 */
export function referencesInSight({ rows, references }: Board): Leaderboard['references'] {
  const ends = rows.flatMap(({ score, interval }) => interval ?? (score === null ? [] : [score]));
  const [low, high] = endsOf(ends);
  const span = high - low;
  return references.filter(({ score }) => score >= low - span && score <= high + span);
}

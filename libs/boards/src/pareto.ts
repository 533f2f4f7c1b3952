import { type AnyMeasure, amountOnRow, directionOf, type LeaderboardRow } from '@rankforge/contracts';
import { paretoFront } from '@rankforge/stats';

/** Rows with those marked that no other beats in score and cost. A row without a score or a cost is not on the front. */
export function markPareto(
  rows: readonly LeaderboardRow[],
  direction: 'minimize' | 'maximize',
  measure: AnyMeasure,
): LeaderboardRow[] {
  const less = directionOf(measure, direction) === 'minimize';
  const points = rows.flatMap((row) => {
    const amount = amountOnRow(row, measure);
    if (row.score === null || amount === null) return [];
    return [{ row, score: row.score, cost: less ? amount : -amount }];
  });
  const front = new Set(paretoFront(points, direction).map(({ row }) => row));
  return rows.map((row) => ({ ...row, pareto: front.has(row) }));
}

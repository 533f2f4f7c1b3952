/** @file Which mean places are told apart, in words and for the chart. */
import { findsDifference, rankedBoards, type Standings } from '@rankforge/contracts';

/** Whether a row is not told apart from the best one. */
export function leads(standings: Pick<Standings, 'test' | 'alpha'>, best: number, meanPlace: number): boolean {
  return !findsDifference(standings) || meanPlace - best < standings.test!.criticalDifference;
}

/** Says which mean places are told apart, and how the whiskers are to be read. */
export function apartText(standings: Standings): string {
  const { test, alpha } = standings;
  if (!test) return 'Two boards, and two methods with a score on each, are needed to tell mean places apart.';
  const over = `Over ${rankedBoards(standings)} boards, Friedman p = ${Number(test.pValue.toPrecision(2))}`;
  const difference = test.criticalDifference.toFixed(2);
  return findsDifference(standings)
    ? `${over}. Mean places that differ by ${difference} or more differ at α = ${alpha} (Nemenyi); whiskers are half of ` +
        'that to each side. Rows that share a letter are not told apart.'
    : `${over}: at α = ${alpha} that test finds no difference, so no two rows are told apart, however far apart their ` +
        `whiskers lie. Whiskers are half of ${difference}, the critical difference, to each side.`;
}

/** @file Seeds of a configuration that are missing from the score of its row, and why. */

/** Seeds by what became of their trainings. */
export interface LostSeeds {
  failed: number;
  overBudget: number;
}

/**
 * Says which of the seeds that were asked for are not in a score; null where all are.
 *
 * @param unscored seeds that were trained and have no test score
 * @param why reason of a scoring that did not succeed, where there is one
 * @example missingSeeds({ trained: 3, unscored: 0, lost: { failed: 2, overBudget: 0 } }) // '2 of 5 seeds failed'
 */
export function missingSeeds({
  trained,
  unscored,
  lost: { failed, overBudget },
  why,
}: {
  trained: number;
  unscored: number;
  lost: LostSeeds;
  why?: string | undefined;
}): string | null {
  const all = trained + failed + overBudget;
  const said = [
    failed > 0 ? `${failed} of ${all} seeds failed` : '',
    overBudget > 0 ? `${overBudget} of ${all} seeds did not fit` : '',
    unscored > 0
      ? `${unscored} of ${all} seeds ${unscored === 1 ? 'has' : 'have'} no test score${why === undefined ? '' : `: ${why}`}`
      : '',
  ].filter(Boolean);
  return said.length === 0 ? null : said.join('; ');
}

import cdf from '@stdlib/stats-base-dists-f-cdf';

/**
 * McNemar's exact test of two classifiers on the same examples: where both were equally good, each example that one alone has right would
 * be that of either with the same chance. Examples that both have right, or neither, say nothing. Two-sided:
 * min(1, 2·P(X ≤ min(a, b))) for X binomial of a + b draws at ½.
 *
 * It is about two models on a sample of examples, and not about what made them: another seed of the same training is another model.
 *
 * Source: McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", Psychometrika 12 (1947).
 *
 * @param firstAlone examples that the first alone has right
 * @param secondAlone examples that the second alone has right
 * @throws RangeError unless both are whole numbers of 0 or more
 * @example mcnemar(1, 8) // 0.0390625
 */
export function mcnemar(firstAlone: number, secondAlone: number): number {
  for (const count of [firstAlone, secondAlone]) {
    if (!Number.isInteger(count) || count < 0)
      throw new RangeError(`expected a whole number of 0 or more, got ${count}`);
  }
  const fewer = Math.min(firstAlone, secondAlone);
  const more = Math.max(firstAlone, secondAlone);
  if (fewer === more) return 1;
  // P(X ≤ k) of n draws at ½ is that of F with 2(n − k) and 2(k + 1) degrees of freedom, up to (k + 1)/(n − k).
  return Math.min(1, 2 * cdf((fewer + 1) / more, 2 * more, 2 * (fewer + 1)));
}

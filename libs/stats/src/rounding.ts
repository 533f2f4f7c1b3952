/** @file How much of the spread of scores their rounding alone may hide. */

/**
 * Variance of what rounding took from a score that was written with as many decimals as the longest of `scores`: of a uniform error of half a
 * unit of the last one to either side.
 *
 * Scores of tables are printed with two or three digits. Seeds that agree in all of them look as if they never varied, and a test
 * would be certain of any difference. Of numbers with all their digits this is next to nothing.
 *
 * @param by what scores are divided by where their logarithm is taken, which divides the error too. Default 1
 *
 * @example roundingVariance([0.61, 0.6]) // 0.01² / 12
 */
export function roundingVariance(scores: readonly number[], by = 1): number {
  const unit = 10 ** -Math.max(...scores.map(decimals));
  return (unit / by) ** 2 / 12;
}

/** @example decimals(1.25e-7) // 9 */
function decimals(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}

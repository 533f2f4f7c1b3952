/** @file How much of the spread of scores their rounding, or the steps that they come in, may hide. */

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
  return stepVariance(unit / by);
}

/** Variance of a uniform error of half a step to either side. */
export const stepVariance = (step: number): number => step ** 2 / 12;

/**
 * The smallest difference between two scores that are not the same, 0 where there is none: the steps that scores come in are no larger.
 *
 * Scores that count right answers among n examples come in steps of 1/n, whatever their digits. Two seeds then agree by chance, or two rows
 * differ by the same in every seed, and look as if seeds did nothing. Scores that come in no steps hardly ever lie closer to each other
 * than their seeds do, and lose next to nothing.
 *
 * @example smallestStep([131 / 229, 131 / 229, 133 / 229]) // 2 / 229
 */
export function smallestStep(scores: readonly number[]): number {
  const sorted = [...new Set(scores.filter(Number.isFinite).map(asMeant))].sort((a, b) => a - b);
  const steps = sorted.slice(1).map((score, index) => score - sorted[index]!);
  return steps.length === 0 ? 0 : Math.min(...steps);
}

/** Digits of a score that may be meant: 57.2 / 100 has 16 decimals in binary numbers, and 3 that were measured. */
const digitsMeant = 12;

const asMeant = (value: number): number => Number(value.toPrecision(digitsMeant));

/** @example decimals(1.25e-7) // 9 */
function decimals(value: number): number {
  const [digits = '', exponent = '0'] = String(asMeant(value)).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}

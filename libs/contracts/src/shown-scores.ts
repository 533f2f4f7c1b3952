/** @file Digits of scores for people: those of a board are told apart by as many as their intervals are wide. */

interface Shown {
  score?: number | null;
  interval: readonly [number, number] | null;
}

/** Digits that a number in double precision is trusted with: a narrower interval is one of rounding. */
const digitsAtMost = 7;

/** Beyond these an exponent counts the zeros of a small score. */
const decimalsAtMost = 7;

/** The place of the first digit after the point, from 1; at most 0 before it. @example place(0.02) // 2 */
const place = (value: number) => -Math.floor(Math.log10(Math.abs(value)));

/**
 * Decimals for all scores of a board, and at least two: they show the width of the narrowest interval with two digits, and
 * where no interval has a width, the smallest score with four.
 *
 * @example scoreDecimals([{ score: 1.01, interval: [1, 1.02] }]) // 3
 */
export function scoreDecimals(rows: readonly Shown[]): number {
  const wide = rows.flatMap(({ interval }) => (interval && interval[1] > interval[0] ? [interval] : []));
  const needed = wide.map(([low, high]) =>
    Math.min(place(high - low) + 1, place(Math.max(Math.abs(low), Math.abs(high))) + digitsAtMost - 1),
  );
  if (needed.length > 0) return Math.max(2, ...needed);
  return Math.max(3, ...rows.flatMap(({ score }) => (score ? [place(score) + 3] : [])));
}

/** A score with so many decimals. @example scoreText(0.0000213, 7) // '0.0000213', and with 9 '2.1300e-5' */
export function scoreText(value: number, decimals: number): string {
  if (decimals <= decimalsAtMost || Math.abs(value) >= 1e-3) return value.toFixed(Math.min(decimals, decimalsAtMost));
  return value === 0 ? '0' : value.toExponential(Math.min(digitsAtMost - 1, Math.max(0, decimals - place(value))));
}

/** A probability for people. @example probabilityText(0.00004) // '< 0.0001' */
export function probabilityText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(p < 0.01 ? 4 : 3);
}

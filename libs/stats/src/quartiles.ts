/**
 * Median and quartiles with linear interpolation between order statistics (type 7 of Hyndman and Fan, 1996, the
 * default of R and numpy).
 *
 * @example quartiles([1, 2, 3, 4]) // { lower: 1.75, median: 2.5, upper: 3.25 }
 * @throws RangeError when there are no values
 */
export function quartiles(values: readonly number[]): { lower: number; median: number; upper: number } {
  if (values.length === 0) throw new RangeError('quartiles: expected at least one value, got none');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (fraction: number) => {
    const position = fraction * (sorted.length - 1);
    const below = Math.floor(position);
    const low = sorted[below]!;
    const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
    return low + (position - below) * (high - low);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

/** A value, and how often it was seen. */
export interface Weighted {
  value: number;
  count: number;
}

/**
 * A quantile of values as PostgreSQL's `percentile_cont` has it: between two values it lies in proportion.
 * @param values at least one
 * @example quantile([{ value: 1, count: 3 }, { value: 5, count: 1 }], 0.5) // 1
 */
export function quantile(values: readonly Weighted[], share: number): number {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  const place = share * (total - 1);
  const at = (index: number) => {
    let seen = 0;
    return sorted.find(({ count }) => {
      seen += count;
      return index < seen;
    })!.value;
  };
  const [low, high] = [at(Math.floor(place)), at(Math.ceil(place))];
  return low + (high - low) * (place - Math.floor(place));
}

/** @file Ends of an axis that shows values. */
import type { MetricView } from './catalog.js';

type Range = MetricView['range'];

/**
 * Ends of an axis that shows all values with a small margin and stays in the range that they can have.
 *
 * @example axisLimits([0.5, 1], [0, 1]) // { min: 0.48, max: 1 }
 */
export function axisLimits(values: readonly number[], range: Range): { min: number; max: number } {
  const [low, high] = endsOf(values);
  const margin = (high - low || Math.abs(high) || 1) * 0.04;
  return { min: clamp(low - margin, range), max: clamp(high + margin, range) };
}

/**
 * The least and the largest of values, however many there are; Infinity and -Infinity where there are none.
 *
 * @example endsOf([2, 1, 3]) // [1, 3]
 */
export function endsOf(values: readonly number[]): [least: number, largest: number] {
  // Spread into Math.min, more than some hundred thousand of them end with a RangeError.
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    largest = Math.max(largest, value);
  }
  return [least, largest];
}

/** @example clamp(1.2, [0, 1]) // 1 */
export function clamp(value: number, [lowest, highest]: Range): number {
  return Math.min(Math.max(value, lowest ?? Number.NEGATIVE_INFINITY), highest ?? Number.POSITIVE_INFINITY);
}

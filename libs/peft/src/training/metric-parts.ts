/** @file A metric with the share of each example in it (see metrics.ts). */

/** `value` is the mean of `examples`, or the exponential of their mean. */
export interface MetricParts {
  value: number;
  examples: ArrayLike<number>;
}

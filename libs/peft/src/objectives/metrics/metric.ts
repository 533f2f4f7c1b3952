/**
 * @file A metric of a split reduces the scores of its units, and falls apart into its units, which is what statistics are made of.
 *
 * A mean (accuracy) is its units' own scores. Any other metric θ is taken apart by its influence function (Hampel 1974; the
 * infinitesimal jackknife of Jaeckel 1972): with unit u weighing 1 + w·n instead of 1, the score of u is θ + dθ/dw at w = 0. The
 * mean of these scores is θ, and their spread is the sampling error of θ to first order.
 */

/** Scores of the units of a split, or of a batch, by name; `loss` is always among them. */
export type Columns = Readonly<Record<string, Float64Array>>;

/** `value` is the mean of `examples`, or the exponential of their mean. */
export interface MetricParts {
  value: number;
  /** One number for each unit. */
  examples: ArrayLike<number>;
  /** The units tell nothing of it whatever is predicted, and the value stands by convention. */
  untold?: true;
}

export interface MetricInfo {
  name: string;
  direction: 'minimize' | 'maximize';
  /** How the metric follows from the scores of units. */
  scale: 'mean' | 'exp-mean';
  /** Lowest and highest value that it can have; null where there is none. Intervals and axes stay inside. */
  range: [lowest: number | null, highest: number | null];
}

export interface Metric extends MetricInfo {
  parts(columns: Columns): MetricParts;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}

/** The mean of a column, which is what each unit scores by itself. */
export const meanOf = (column: string, info: Omit<MetricInfo, 'scale'>): Metric => ({
  ...info,
  scale: 'mean',
  parts: (columns) => ({ value: mean(columns[column]!), examples: columns[column]! }),
});

/**
 * The mean of a column over the units of which it is known: NaN says that it is not. Such a unit has the mean itself as its part, and
 * the others lie as much further from it as there are fewer of them. Of no unit known: 0, which tells nothing.
 */
export const meanOfKnown = (column: string, info: Omit<MetricInfo, 'scale'>): Metric => ({
  ...info,
  scale: 'mean',
  parts(columns) {
    const values = Float64Array.from(columns[column]!);
    const known = values.filter((value) => !Number.isNaN(value));
    if (known.length === values.length) return { value: mean(values), examples: values };
    const value = known.length === 0 ? 0 : mean(known);
    const weight = values.length / known.length;
    const examples = values.map((own) => (Number.isNaN(own) ? value : value + weight * (own - value)));
    return { value, examples, ...(known.length === 0 && { untold: true }) };
  },
});

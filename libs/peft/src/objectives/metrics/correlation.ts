/**
 * @file Correlations with the influence of each example (see metric.ts). Where predictions or labels do not vary there
 * is no correlation, and 0 is given: a constant tells nothing of the numbers. Of labels that do not vary nothing is told by any prediction.
 */
import type { MetricParts } from './metric.js';
import { groups, sorted } from './ranks.js';

/** Pearson's r. Influence of e: `z·z′ − r·(z² + z′²)/2` of its standardised values z and z′ (Devlin et al. 1975). */
export function pearson(predictions: Float64Array, labels: Float64Array): MetricParts {
  const x = standardized(predictions);
  const y = standardized(labels);
  if (x === undefined || y === undefined) return uncorrelated(labels.length, y);
  const value = meanProduct(x.z, y.z);
  return { value, examples: x.z.map((z, e) => value + ownInfluence(z, y.z[e]!, value)) };
}

/**
 * Spearman's ρ: Pearson's r of mid-ranks. An example acts through its own ranks and through those of the others, whose
 * rank it raises: to its own influence comes, for each variable, the sum over the examples above it (those that tie
 * count half) of `(z′ − ρ·z) / deviation of the ranks`.
 */
export function spearman(predictions: Float64Array, labels: Float64Array): MetricParts {
  const ranks = [midRanks(predictions), midRanks(labels)] as const;
  const [x, y] = [standardized(ranks[0]), standardized(ranks[1])];
  if (x === undefined || y === undefined) return uncorrelated(labels.length, y);
  const value = meanProduct(x.z, y.z);
  const n = labels.length;
  const slopes = (own: Standardized, other: Standardized) =>
    own.z.map((z, i) => (other.z[i]! - value * z) / own.deviation);
  const lifted = [sumAbove(ranks[0], slopes(x, y)), sumAbove(ranks[1], slopes(y, x))] as const;
  return {
    value,
    examples: x.z.map((z, e) => value + ownInfluence(z, y.z[e]!, value) + lifted[0][e]! + lifted[1][e]!),
  };

  function sumAbove(keys: Float64Array, values: Float64Array): Float64Array {
    const order = sorted(keys);
    const result = new Float64Array(n);
    let above = 0;
    for (const group of groups(order, keys).reverse()) {
      const own = group.reduce((sum, i) => sum + values[i]!, 0);
      for (const i of group) result[i] = above + own / 2;
      above += own;
    }
    return result;
  }
}

const uncorrelated = (size: number, ofLabels: Standardized | undefined): MetricParts => ({
  value: 0,
  examples: new Float64Array(size),
  ...(ofLabels === undefined && { untold: true }),
});

const ownInfluence = (z: number, other: number, value: number) => z * other - (value * (z ** 2 + other ** 2)) / 2;

interface Standardized {
  z: Float64Array;
  deviation: number;
}

/** Undefined where the values do not vary. */
function standardized(values: Float64Array): Standardized | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  // Rounding leaves a deviation of equal values.
  const varies = values.some((value) => value !== values[0]);
  return varies && deviation > 0 ? { z: values.map((value) => (value - mean) / deviation), deviation } : undefined;
}

function meanProduct(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0) / a.length;
}

/** Ranks from 1, the mean rank for values that tie. */
function midRanks(values: Float64Array): Float64Array {
  const ranks = new Float64Array(values.length);
  let below = 0;
  for (const group of groups(sorted(values), values)) {
    for (const index of group) ranks[index] = below + (group.length + 1) / 2;
    below += group.length;
  }
  return ranks;
}

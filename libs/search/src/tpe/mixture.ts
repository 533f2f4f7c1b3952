import type { Draws } from '../draws.js';
import type { Point, Space } from '../space.js';
import { kernelsOf } from './kernels.js';

/** A density over a space. */
export interface Mixture {
  sample(count: number, draws: Draws): Point[];
  logDensity(point: Point): number;
}

/**
 * The Parzen estimate of points, oldest first: a weighted sum over points, and a prior, of the product of their kernels.
 * Falkner, Klein and Hutter, "BOHB", ICML 2018, for products in place of one estimate a parameter.
 */
export function parzen(space: Space, points: readonly Point[]): Mixture {
  const weights = points.length === 0 ? [1] : normalized([...recency(points.length), 1]);
  const logWeights = weights.map(Math.log);
  const parameters = Object.entries(space).map(([name, parameter]) => ({
    name,
    drawsFirst: parameter.kind === 'categorical',
    kernels: kernelsOf(
      parameter,
      points.map((point) => point[name]!),
    ),
  }));
  // The order of Optuna, so that its recorded draws can be given: components, then lists, then ranges.
  const drawn = [...parameters.filter((p) => p.drawsFirst), ...parameters.filter((p) => !p.drawsFirst)];
  return {
    sample: (count, draws) => {
      const components = Array.from({ length: count }, () => componentAt(weights, draws()));
      const columns = new Map(
        drawn.map(({ name, kernels }) => [name, components.map((component) => kernels.quantile(component, draws()))]),
      );
      return components.map((_, row) =>
        Object.fromEntries(parameters.map(({ name }) => [name, columns.get(name)![row]!])),
      );
    },
    logDensity: (point) => {
      const terms = logWeights.slice();
      for (const { name, kernels } of parameters) {
        kernels.logDensities(point[name]!).forEach((density, kernel) => {
          terms[kernel]! += density;
        });
      }
      return logSumExp(terms);
    },
  };
}

/** The last 25 count fully; those before fade linearly down to 1 / count. */
function recency(count: number): number[] {
  const faded = Math.max(0, count - 25);
  return Array.from({ length: count }, (_, age) => {
    if (age >= faded) return 1;
    return faded === 1 ? 1 / count : 1 / count + (age / (faded - 1)) * (1 - 1 / count);
  });
}

function normalized(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function componentAt(weights: readonly number[], p: number): number {
  let cumulated = 0;
  for (let component = 0; component < weights.length - 1; component++) {
    cumulated += weights[component]!;
    if (p < cumulated) return component;
  }
  return weights.length - 1;
}

function logSumExp(terms: readonly number[]): number {
  const largest = Math.max(...terms);
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

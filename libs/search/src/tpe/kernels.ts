/** @file One parameter's kernels: a small distribution around each value seen, and a wide one that knows nothing. */
import { logDensity, logMass, truncatedQuantile } from '../numbers/normal.js';
import { type Categorical, type Float, type Int, type Parameter, searchedInterval, valueAt } from '../space.js';

/** Distributions of one parameter, one for each value seen and the prior as the last. */
export interface Kernels {
  /** The value below which a share `p` of a kernel's mass lies. */
  quantile(kernel: number, p: number): number;
  /** Logarithm of the density (of the mass where the parameter is discrete) of a value under each kernel. */
  logDensities(value: number): number[];
}

export function kernelsOf(parameter: Parameter, values: readonly number[]): Kernels {
  return parameter.kind === 'categorical' ? listKernels(parameter, values) : rangeKernels(parameter, values);
}

/** Each kernel has one count for its value and 1 / kernels for every choice; the prior is uniform. */
function listKernels({ choices }: Categorical, values: readonly number[]): Kernels {
  const smoothing = 1 / (values.length + 1);
  const total = 1 + choices * smoothing;
  const weights = values.map((value) =>
    Array.from({ length: choices }, (_, choice) => ((choice === value ? 1 : 0) + smoothing) / total),
  );
  weights.push(Array.from({ length: choices }, () => 1 / choices));
  return {
    quantile: (kernel, p) => {
      let cumulated = 0;
      for (let choice = 0; choice < choices - 1; choice++) {
        cumulated += weights[kernel]![choice]!;
        if (p <= cumulated) return choice;
      }
      return choices - 1;
    },
    logDensities: (value) => weights.map((weight) => Math.log(weight[value]!)),
  };
}

/**
 * Normal kernels cut off at the ends of the searched interval. A whole number has the mass of its step. On a logarithmic
 * scale densities are those of the logarithm: only ratios of densities at one value are ever used.
 */
function rangeKernels(parameter: Float | Int, values: readonly number[]): Kernels {
  const { low, high } = searchedInterval(parameter);
  const scaled = parameter.log ? Math.log : Number;
  const seen = values.map(scaled);
  const centres = [...seen, (low + high) / 2];
  const widths = [...widthsOf(seen, low, high), high - low];
  const starts = centres.map((centre, kernel) => (low - centre) / widths[kernel]!);
  const ends = centres.map((centre, kernel) => (high - centre) / widths[kernel]!);
  const cut = starts.map((start, kernel) => logMass(start, ends[kernel]!));
  const logWidths = widths.map(Math.log);
  const standard = (place: number, kernel: number) => (place - centres[kernel]!) / widths[kernel]!;
  return {
    quantile: (kernel, p) => {
      const place = centres[kernel]! + widths[kernel]! * truncatedQuantile(p, starts[kernel]!, ends[kernel]!);
      return valueAt(parameter, place);
    },
    logDensities: (value) => {
      if (parameter.kind === 'int') {
        const [left, right] = [scaled(value - 0.5), scaled(value + 0.5)];
        return centres.map((_, kernel) => logMass(standard(left, kernel), standard(right, kernel)) - cut[kernel]!);
      }
      const place = scaled(value);
      return centres.map((_, kernel) => logDensity(standard(place, kernel)) - cut[kernel]! - logWidths[kernel]!);
    },
  };
}

/**
 * The width of a kernel is the larger distance to its neighbours, at most the interval and at least a share of it that
 * shrinks with the count (Bergstra 2011, section 4; the least share as in Optuna's "magic clip"). The outermost are as
 * wide as the distance to their one neighbour.
 */
function widthsOf(centres: readonly number[], low: number, high: number): number[] {
  const order = centres.map((_, index) => index).sort((a, b) => centres[a]! - centres[b]!);
  const least = (high - low) / Math.min(100, centres.length + 2);
  const widths = new Array<number>(centres.length);
  order.forEach((index, rank) => {
    const own = centres[index]!;
    const before = rank > 0 ? own - centres[order[rank - 1]!]! : undefined;
    const after = rank < order.length - 1 ? centres[order[rank + 1]!]! - own : undefined;
    const alone = before === undefined && after === undefined;
    const width = alone ? Math.max(own - low, high - own) : Math.max(before ?? 0, after ?? 0);
    widths[index] = Math.min(Math.max(width, least), high - low);
  });
  return widths;
}

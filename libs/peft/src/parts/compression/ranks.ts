/** @file The rank at which a kernel is factorized: from its shape, or from its singular values. */
import type { LayerShape } from '../../method.js';

type Sides = Pick<LayerShape, 'in' | 'out'>;

/** The largest rank whose two factors have no more than this share of the kernel's parameters; 0 where there is none. */
export const ratioRank = ({ in: inputs, out }: Sides, ratio: number): number =>
  Math.floor((ratio * inputs * out) / (inputs + out));

/** The fewest of the descending singular values that hold this share of the sum of squares. */
export function energyRank(values: readonly number[], share: number): number {
  const wanted = share * values.reduce((sum, value) => sum + value ** 2, 0);
  let held = 0;
  const last = values.findIndex((value) => {
    held += value ** 2;
    return held >= wanted;
  });
  return last < 0 ? values.length : last + 1;
}

/** Singular values that are at least `threshold`. */
export const thresholdRank = (values: readonly number[], threshold: number): number =>
  values.filter((value) => value >= threshold).length;

/**
 * Ranks by one threshold for all layers on singular values that are normalized to `(σ − σ_min) / (σ_max − σ_min)`: the
 * least threshold at which the mean dropped share is `reduction` or more, by bisection.
 */
export function normalizedRanks(spectra: readonly (readonly number[])[], reduction: number): number[] {
  const normalized = spectra.map((values) => {
    const [most, least] = [values[0]!, values.at(-1)!];
    return values.map((value) => (most > least ? (value - least) / (most - least) : 1));
  });
  const kept = (values: readonly number[], threshold: number) => values.filter((value) => value >= threshold).length;
  const dropped = (threshold: number) =>
    normalized.reduce((sum, values) => sum + 1 - kept(values, threshold) / values.length, 0) / normalized.length;
  let [below, above] = [0, 1];
  // Past the resolution of a number between 0 and 1.
  for (let halving = 0; halving < 60; halving++) {
    const middle = (below + above) / 2;
    // Shares are sums of fractions: one that is reached may fall short by its rounding.
    if (dropped(middle) >= reduction - 1e-12) above = middle;
    else below = middle;
  }
  return normalized.map((values) => kept(values, above));
}

/** The largest rank whose two factors have fewer parameters than the kernel. */
export const savingRank = ({ in: inputs, out }: Sides): number => Math.ceil((inputs * out) / (inputs + out)) - 1;

/** A layer, and the loss of the whole model where it alone has factors of a rank, by that rank. */
export interface SensitiveLayer {
  shape: Sides;
  losses: ReadonlyMap<number, number>;
}

/**
 * Ranks whose factors have no more than a share of the parameters of all kernels. Truncations are taken in the order of the
 * loss that each alone leaves, the least first, until the share is met; a layer has the lowest rank that was taken, and one of
 * which none was stays whole, which is rank 0. Where all together leave more than the share, all are taken. ASVD, arXiv
 * 2312.05821.
 *
 * @example
 * const layers = [
 *   { shape: { in: 4, out: 4 }, losses: new Map([[1, 2.5]]) },
 *   { shape: { in: 4, out: 4 }, losses: new Map([[1, 2.1]]) },
 * ];
 * sensitiveRanks(layers, 0.75); // [0, 1]: 16 + 8 of 32
 */
export function sensitiveRanks(layers: readonly SensitiveLayer[], share: number): number[] {
  const truncations = layers
    .flatMap(({ losses }, index) => [...losses].map(([rank, loss]) => ({ index, rank, loss })))
    // Among equal losses the milder cut comes first, then the earlier layer.
    .sort((a, b) => a.loss - b.loss || b.rank - a.rank || a.index - b.index);
  const whole = layers.reduce((sum, { shape }) => sum + shape.in * shape.out, 0);
  const ranks = layers.map(() => 0);
  let parameters = whole;
  const cost = (index: number) => {
    const { in: inputs, out } = layers[index]!.shape;
    return ranks[index] ? ranks[index] * (inputs + out) : inputs * out;
  };
  for (const { index, rank } of truncations) {
    if (parameters <= share * whole) break;
    parameters -= cost(index);
    ranks[index] = ranks[index] ? Math.min(ranks[index], rank) : rank;
    parameters += cost(index);
  }
  return ranks;
}

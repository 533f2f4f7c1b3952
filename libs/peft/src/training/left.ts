/** @file Which kernels of a model are held as two factors when adapters have been put into it. */
import type { LayerShape } from '../method.js';
import { linearLayers, type ModelConfig, withWholeKernels } from '../models/config.js';
import { savingRank } from '../parts/compression/ranks.js';
import { type PlannedLayer, planTrial } from './plan.js';
import type { PlanOptions } from './plan-options.js';
import { needsWholeKernels } from './whole-kernels.js';

/** An adapter on a base model, as its file says it. */
export type Link = Omit<PlanOptions, 'model'> & {
  /** Kernels that it replaced by two factors stay so. Default: they are multiplied. */
  factors?: boolean | undefined;
};

/**
 * The configuration of the model that an adapter leaves. A kernel is in factors where the adapter's are kept, where it was
 * and nothing changed it, or where it was and the update is thin enough to stand beside it; never where that saves nothing.
 *
 * @throws Error as `planTrial`
 */
export function leftConfig(model: ModelConfig, link: Link): ModelConfig {
  const carried = new Map(planTrial({ ...link, model }).layers.map((layer) => [layer.path, layer]));
  const ranks = linearLayers(model).flatMap(({ path, shape }) => {
    const rank = leftRank(shape, carried.get(path), link);
    // A table is whole: rows are looked up in it.
    return rank === undefined || shape.table || rank > savingRank(shape) ? [] : [[path, rank] as const];
  });
  const whole = withWholeKernels(model);
  return ranks.length === 0 ? whole : { ...whole, factorRanks: Object.fromEntries(ranks) };
}

function leftRank(shape: LayerShape, carried: PlannedLayer | undefined, { method, factors }: Link): number | undefined {
  const { weight } = method;
  if (!carried || !weight) return shape.factorRank;
  if (weight.leaves) return factors ? weight.leaves.rank(shape, carried.config) : undefined;
  if (shape.factorRank === undefined || !weight.lowRank) return undefined;
  return shape.factorRank + weight.lowRank.rank(shape, carried.config);
}

/**
 * The model that a chain of adapters leaves of a base, with as many kernels in factors as can be, and which adapters' factors
 * are kept for that: none of those before one that needs whole kernels.
 *
 * @throws Error as `planTrial`
 */
export function leftByChain(
  base: ModelConfig,
  chain: readonly Omit<Link, 'factors'>[],
): { model: ModelConfig; factors: boolean[] } {
  let model = base;
  let factors: boolean[] = [];
  for (const adapter of chain) {
    if (needsWholeKernels({ ...adapter, model }) !== undefined) {
      model = withWholeKernels(model);
      factors = factors.map(() => false);
    }
    const left = leftConfig(model, { ...adapter, factors: true });
    const keeps = adapter.method.weight?.leaves !== undefined && left.factorRanks !== undefined;
    model = left;
    factors.push(keeps);
  }
  return { model, factors: model.factorRanks === undefined ? factors.map(() => false) : factors };
}

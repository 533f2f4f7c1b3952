/** @file The size of a model that is stored to be used, before and after a trial, from shapes alone. */
import { baseParameters } from '../models/config.js';
import { kernelFloats } from '../models/factors.js';
import { type PlannedLayer, planTrial, type TrialPlan } from '../training/plan.js';
import type { PlanOptions } from '../training/plan-options.js';
import { total } from './sizes.js';

export interface StoredModel {
  /** Numbers. */
  parameters: number;
  bytes: number;
  /** The base model, with a classification head where there is one. */
  base: { parameters: number; bytes: number };
}

/**
 * The model of a trial as it is stored with its adapters in it, beside its base model. Merging an adapter into a kernel
 * would make it no larger than the base; this is the count where nothing is merged.
 *
 * @throws Error as `planTrial`
 * @example
 * const { bytes, base } = storedModel({ model, method: findMethod('svd'), config: { ratio: 0.5 }, targets });
 * bytes / base.bytes; // above 0.5: embeddings stay as they are
 */
export function storedModel({ bytesPerElement = 4, ...options }: StoredInput): StoredModel {
  const plan = planTrial(options);
  const all = total(baseParameters(options.model, options.classes));
  const layers = plan.layers.map((layer) => layerOf(layer, plan, options));
  const kernels = plan.layers.reduce((sum, { shape }) => sum + kernelFloats(shape), 0);
  const shared = total(plan.adapters.filter(({ layer }) => layer === undefined));
  const besides = all - kernels + shared;
  const sum = (of: (layer: (typeof layers)[number]) => number) => layers.reduce((total, layer) => total + of(layer), 0);
  return {
    parameters: besides + sum(({ parameters }) => parameters),
    bytes:
      besides * bytesPerElement +
      sum(({ parameters, bits }) => (bits === undefined ? parameters * bytesPerElement : bits / 8)),
    base: { parameters: all, bytes: all * bytesPerElement },
  };
}

interface StoredInput extends PlanOptions {
  /** Bytes of one number, default 4. */
  bytesPerElement?: number;
}

function layerOf({ path, shape, config }: PlannedLayer, plan: TrialPlan, { method }: PlanOptions) {
  if (method.stored) return method.stored(shape, config);
  const kernel = method.weight?.replacesKernel ? 0 : kernelFloats(shape);
  return { parameters: kernel + total(plan.adapters.filter(({ layer }) => layer === path)), bits: undefined };
}

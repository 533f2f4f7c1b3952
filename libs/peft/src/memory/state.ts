/**
 * @file The memory of a trial from step to step, and of its gradients, from shapes alone: papers estimate it where they compare
 * methods by memory. Activations and what an update holds meanwhile are no part of it; `predictMemory` has them.
 */

import type { GradientPart, ParameterInfo } from '../method.js';
import { trainedConfig } from '../models/pruning.js';
import { sizeOf } from '../tensor/shape.js';
import type { PlanOptions } from '../training/plan-options.js';
import { planTraining } from '../training/refusals/refusal.js';
import { bytesOf, INDEX_BYTES, total } from './sizes.js';

export interface StateInput extends PlanOptions {
  optimizer: GradientPart;
  /** Bytes of a number of the base model, and of what is trained of it in place. */
  baseBytes: number;
  /** Bytes of a number of the adapter and of its gradient. */
  adapterBytes: number;
  /** Bytes of an index that an adapter keeps, such as the places of sparse entries. Default 4, as here; torch takes 8. */
  indexBytes?: number;
  /** Bytes of a float of optimizer state. Default: those of the number it is kept for. */
  optimizerBytes?: number;
  /** Share of the steps in which the state of a rank schedule is held. Default 1. */
  rankShare?: number;
  /** Trained parameters of the base are copies beside it, as where Python peft wraps their modules. Default: the base's own. */
  copiesTrainedBase?: boolean;
}

/** In bytes. */
export interface StateParts {
  /** Base model. */
  weights: number;
  /** Adapter tensors, trained and frozen, and copies of trained base parameters. */
  adapters: number;
  /** Gradients of everything that a step trains, at the step that trains most. */
  gradients: number;
  /** The largest of them: what is held of gradients where each is applied and freed as soon as it is complete. */
  largestGradient: number;
  /** Optimizer state, and the state of a rank schedule weighted by its share. */
  optimizer: number;
}

/**
 * @throws Error as `planTraining`
 * @example
 * const { weights, optimizer } = predictState({ ...trial, optimizer, baseBytes: 2, adapterBytes: 2 }); // of bfloat16
 */
export function predictState(input: StateInput): StateParts {
  const { method, config, optimizer, baseBytes, adapterBytes, indexBytes = INDEX_BYTES, rankShare = 1 } = input;
  const model = trainedConfig(input.model, method, config);
  const plan = planTraining({ ...input, model });
  const own = new Set(plan.adapters.map(({ path }) => path));
  const info = optimizer.trains?.(plan.info) ?? plan.info;
  const adapterInfo = info.filter(({ path }) => own.has(path));
  const baseInfo = info.filter(({ path }) => !own.has(path));
  const gradientsOf = (set: readonly ParameterInfo[]) =>
    set.map((each) => (own.has(each.path) ? adapterBytes : baseBytes) * sizeOf(each.shape));
  const gradients = (optimizer.activeSets?.(info) ?? [info]).map(gradientsOf);
  const rankState = method.rank?.memory(plan.layers, config).state ?? 0;
  return {
    weights: baseBytes * total(plan.base),
    adapters:
      bytesOf(plan.adapters, adapterBytes, indexBytes) + (input.copiesTrainedBase ? baseBytes * total(baseInfo) : 0),
    gradients: Math.max(...gradients.map((set) => set.reduce((sum, bytes) => sum + bytes, 0))),
    largestGradient: Math.max(0, ...gradients.flat()),
    optimizer:
      adapterBytes * rankShare * rankState +
      optimizer.memory(adapterInfo, input.optimizerBytes ?? adapterBytes).state +
      optimizer.memory(baseInfo, input.optimizerBytes ?? baseBytes).state,
  };
}

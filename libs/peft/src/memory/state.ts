/**
 * @file The memory of a trial from step to step, and of its gradients, from shapes alone: papers estimate it where they compare
 * methods by memory. Activations and what an update holds meanwhile are no part of it; `predictMemory` has them.
 */

import { traitsOf } from '../engine/traits.js';
import { foundOnce } from '../found-once.js';
import type { GradientPart, ParameterInfo } from '../method.js';
import { trainedConfig } from '../models/pruning.js';
import type { TrialPlan } from '../training/plan.js';
import type { PlanOptions } from '../training/plan-options.js';
import { planTraining } from '../training/refusals/refusal.js';
import { heldInPeft } from './held-in-peft.js';
import { adaptersOnce, baseOnce, optimizerMemory, trainedOnce } from './plan-sizes.js';
import { INDEX_BYTES } from './sizes.js';

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
  /** Adapters are those of Python peft, with all that it holds of them. Default: those of the engines here. */
  inPeft?: true;
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
  const info = optimizer.trains?.(plan.info) ?? plan.info;
  const byPlace = placesOf(plan);
  const own = byPlace(info);
  const gradients = (optimizer.activeSets?.(info) ?? [info]).map((set) => {
    const { adapters, base } = byPlace(set);
    const [ofAdapters, ofBase] = [trainedOnce(adapters), trainedOnce(base)];
    return {
      all: adapterBytes * ofAdapters.all + baseBytes * ofBase.all,
      largest: Math.max(adapterBytes * ofAdapters.largest, baseBytes * ofBase.largest),
    };
  });
  // State is the same on every engine.
  const optimizerState = (of: readonly ParameterInfo[], bytesPerFloat: number) =>
    optimizerMemory(optimizer, of, { bytesPerFloat, engine: traitsOf('wasm') }).state;
  const rankState = method.rank?.memory(plan.layers, config).state ?? 0;
  const { indices, floats } = adaptersOnce(plan.adapters);
  const ofAdapters = input.inPeft
    ? heldInPeft(plan, method, { baseBytes, adapterBytes })
    : adapterBytes * floats + indexBytes * indices;
  return {
    weights: baseBytes * baseOnce(plan.base).all,
    adapters: ofAdapters + (input.copiesTrainedBase ? baseBytes * trainedOnce(own.base).all : 0),
    gradients: Math.max(...gradients.map(({ all }) => all)),
    largestGradient: Math.max(0, ...gradients.map(({ largest }) => largest)),
    optimizer:
      adapterBytes * rankShare * rankState +
      optimizerState(own.adapters, input.optimizerBytes ?? adapterBytes) +
      optimizerState(own.base, input.optimizerBytes ?? baseBytes),
  };
}

/** Tells what a step trains of the tensors of a plan by where they are. */
const placesOf = foundOnce((plan: TrialPlan) => {
  const own = new Set(plan.adapters.map(({ path }) => path));
  return foundOnce((info: readonly ParameterInfo[]) => ({
    adapters: info.filter(({ path }) => own.has(path)),
    base: info.filter(({ path }) => !own.has(path)),
  }));
});

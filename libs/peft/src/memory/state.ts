/**
 * @file What a trial holds from step to step, and its gradients, from shapes alone: what papers estimate where they compare
 * methods by memory. Activations and what an update holds meanwhile are no part of it; `predictMemory` has them.
 */
import type { GradientPart, ParameterInfo } from '../method.js';
import { trainedConfig } from '../models/pruning.js';
import { type PlanOptions, planTraining } from '../training/plan.js';

export interface StateInput extends PlanOptions {
  optimizer: GradientPart;
  /** Bytes of a number of the base model, and of what is trained of it in place. */
  baseBytes: number;
  /** Bytes of a number of the adapter and of its gradient. */
  adapterBytes: number;
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
  /** Gradients of all trained numbers. */
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
  const { method, config, optimizer, baseBytes, adapterBytes, rankShare = 1 } = input;
  const model = trainedConfig(input.model, method, config);
  const plan = planTraining({ ...input, model });
  const own = new Set(plan.adapters.map(({ path }) => path));
  const info = optimizer.trains?.(plan.info) ?? plan.info;
  const adapterInfo = info.filter(({ path }) => own.has(path));
  const baseInfo = info.filter(({ path }) => !own.has(path));
  const rankState = method.rank?.memory(plan.layers, config).state ?? 0;
  return {
    weights: baseBytes * total(plan.base),
    adapters: adapterBytes * total(plan.adapters) + (input.copiesTrainedBase ? baseBytes * total(baseInfo) : 0),
    gradients: adapterBytes * total(adapterInfo) + baseBytes * total(baseInfo),
    largestGradient: Math.max(adapterBytes * largest(adapterInfo), baseBytes * largest(baseInfo)),
    optimizer:
      adapterBytes * rankShare * rankState +
      optimizer.memory(adapterInfo, input.optimizerBytes ?? adapterBytes).state +
      optimizer.memory(baseInfo, input.optimizerBytes ?? baseBytes).state,
  };
}

type Shaped = Pick<ParameterInfo, 'shape'>;
const sizeOf = ({ shape }: Shaped): number => shape.reduce((size, dimension) => size * dimension, 1);
const total = (tensors: readonly Shaped[]): number => tensors.reduce((sum, tensor) => sum + sizeOf(tensor), 0);
const largest = (tensors: readonly Shaped[]): number => Math.max(0, ...tensors.map(sizeOf));

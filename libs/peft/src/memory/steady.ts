/**
 * @file What a training run in torch holds between two steps, from shapes alone. This library holds less: it frees
 * outputs and gradients with the step. Published measurements of torch are compared with this number.
 */
import type { GradientPart, ParameterInfo } from '../method.js';
import { linearLayers, vocabularySize } from '../models/config.js';
import { type PlanOptions, planTraining } from '../training/plan.js';

export interface SteadyInput extends PlanOptions {
  optimizer: GradientPart;
  batchSize: number;
  /** Tokens of an example, on average. */
  tokens: number;
  /** Bytes of a number of the base model, of its outputs, and of what is trained of it in place. */
  baseBytes: number;
  /** Bytes of a number of the adapter, of its gradient and of its optimizer state. */
  adapterBytes: number;
  /** Share of the steps in which the state of a rank schedule is held. Default 1. */
  rankShare?: number;
  /** Trained parameters of the base are copies beside it, as where Python peft wraps their modules. Default: the base's own. */
  copiesTrainedBase?: boolean;
  /** The model returns keys and values of all layers beside the logits. Default: it does. */
  keepsKeysAndValues?: boolean;
}

/** Bytes held after an optimizer step and before the next one sets gradients to nothing. */
export interface SteadyParts {
  /** Base model. */
  weights: number;
  /** Adapter tensors, trained and frozen, and copies of trained base parameters. */
  adapters: number;
  /** Gradients of all trained numbers: torch frees them when the next step begins. */
  gradients: number;
  /** Optimizer state, and the state of a rank schedule weighted by its share. */
  optimizer: number;
  /** The last forward pass's result, which is still in scope: logits, and keys and values of all layers. */
  outputs: number;
  total: number;
}

/** @throws Error as `planTrial` */
export function predictSteady(input: SteadyInput): SteadyParts {
  const { model, method, config, optimizer, batchSize, tokens, baseBytes, adapterBytes, rankShare = 1 } = input;
  const plan = planTraining(input);
  const own = new Set(plan.adapters.map(({ path }) => path));
  const adapterInfo = plan.info.filter(({ path }) => own.has(path));
  const baseInfo = plan.info.filter(({ path }) => !own.has(path));
  const rankState = method.rank?.memory(plan.layers, config).state ?? 0;
  const keysAndValues = linearLayers(model)
    .filter(({ shape: { role } }) => (role === 'key' || role === 'value') && (input.keepsKeysAndValues ?? true))
    .reduce((sum, { shape }) => sum + shape.out, 0);

  const before = method.sequence?.length(config) ?? 0;
  // Prefixes have keys and values alone; what is embedded goes through the model, and has logits too.
  const prompt = method.sequence?.embeddings ? before : 0;
  const parts = {
    weights: baseBytes * total(plan.base),
    adapters: adapterBytes * total(plan.adapters) + (input.copiesTrainedBase ? baseBytes * total(baseInfo) : 0),
    gradients: adapterBytes * total(adapterInfo) + baseBytes * total(baseInfo),
    optimizer:
      adapterBytes * (optimizer.memory(adapterInfo).state + rankShare * rankState) +
      baseBytes * optimizer.memory(baseInfo).state,
    outputs: baseBytes * batchSize * ((tokens + prompt) * vocabularySize(model) + (tokens + before) * keysAndValues),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

const total = (tensors: readonly Pick<ParameterInfo, 'shape'>[]): number =>
  tensors.reduce((sum, { shape }) => sum + shape.reduce((size, dimension) => size * dimension, 1), 0);

/**
 * @file The memory that a training run in torch holds between two steps, from shapes alone. This library holds less: it frees
 * outputs and gradients with the step. Published measurements of torch are compared with this number.
 */
import { linearLayers, vocabularySize } from '../models/config.js';
import { trainedConfig } from '../models/pruning.js';
import { predictState, type StateInput, type StateParts } from './state.js';

export interface SteadyInput extends StateInput {
  batchSize: number;
  /** Tokens of an example, on average. */
  tokens: number;
  /** The model returns keys and values of all layers beside the logits. Default: it does. */
  keepsKeysAndValues?: boolean;
}

/** Bytes held after an optimizer step and before the next one sets gradients to nothing: torch frees them only then. */
export interface SteadyParts extends Omit<StateParts, 'largestGradient'> {
  /** The last forward pass's result, which is still in scope: logits, and keys and values of all layers. */
  outputs: number;
  total: number;
}

/** @throws Error as `predictState` */
export function predictSteady(input: SteadyInput): SteadyParts {
  const { method, config, batchSize, tokens, baseBytes } = input;
  const model = trainedConfig(input.model, method, config);
  const keysAndValues = linearLayers(model)
    .filter(({ shape: { role } }) => (role === 'key' || role === 'value') && (input.keepsKeysAndValues ?? true))
    .reduce((sum, { shape }) => sum + shape.out, 0);

  const before = method.sequence?.length(config) ?? 0;
  // Prefixes have keys and values alone; what is embedded goes through the model, and has logits too.
  const prompt = method.sequence?.embeddings ? before : 0;
  const { largestGradient: _, ...state } = predictState(input);
  const parts = {
    ...state,
    outputs: baseBytes * batchSize * ((tokens + prompt) * vocabularySize(model) + (tokens + before) * keysAndValues),
  };
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

import type * as tfjs from '@tensorflow/tfjs-core';
import type { ModelConfig } from './config.js';
import * as forward from './forward.js';

export type ModelAccess = forward.ModelAccess;

export function hiddenStates(
  config: ModelConfig,
  inputs: Int32Array,
  sequence: number,
  access: ModelAccess,
): tfjs.Tensor2D {
  const size = inputs.length / sequence;
  const lengths = new Int32Array(size).fill(sequence);
  return forward.hiddenStates(config, { size, sequence, inputs, lengths }, access);
}

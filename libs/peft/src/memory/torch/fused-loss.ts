/** @file Bytes of Liger's fused linear cross-entropy, which differentiates logits as it makes them: those of a chunk of tokens at a time. */
import { baseBytes, computeBytes, isAutocast, type TorchOptions } from './options.js';
import type { TorchValue } from './saved.js';

const FLOAT32 = 4;

export interface FusedLoss {
  /** Bytes of the gradient of the last states, which is kept. */
  kept: number;
  /** Bytes that are made besides, and gone when the loss is there. */
  made: number;
}

/**
 * Predicts from shapes alone. Autocast keeps no cast of a table that is not trained, so that each product casts all of it.
 *
 * @example fusedLossOf({ rows: 256, width: 64, each: 2 }, 1000, defaultTorchOptions).kept // 32768
 */
export function fusedLossOf(
  hidden: Pick<TorchValue, 'rows' | 'width' | 'each'>,
  vocabulary: number,
  options: Pick<TorchOptions, 'dtype' | 'prepared' | 'autocast'>,
): FusedLoss {
  const { rows, width, each } = hidden;
  const c = computeBytes(options);
  const chunk = chunkOf(rows, width, vocabulary);
  const table = isAutocast(options) && baseBytes(options) !== c ? c * vocabulary * width : 0;
  const input = each === c ? 0 : c * chunk * width;
  // The chunk's logits with what they are made of; then their gradient with that of the chunk's states.
  const products = Math.max(input, c * chunk * width) + c * chunk * vocabulary + table;
  // A loss for each token, and whether it counts.
  return { kept: each * rows * width, made: (FLOAT32 + 1) * rows + products };
}

/** Tokens of a chunk: a power of two by which its logits take about as much as all last states. */
function chunkOf(rows: number, width: number, vocabulary: number): number {
  const chunks = Math.ceil(vocabulary / width);
  return Math.min(rows, 2 ** Math.ceil(Math.log2(Math.ceil(rows / chunks))));
}

/** @file The memory that an optimizer holds on CUDA, by the way it is run. */
import type { ParameterInfo } from '../../method.js';
import { sizeOf } from '../../tensor/shape.js';
import type { StateParts } from '../state.js';
import type { TorchOptions } from './options.js';
import { sum } from './saved.js';

/** bitsandbytes keeps the state of smaller tensors in float32: `min_8bit_size`. */
const smallest8Bit = 4096;

/** Numbers that share one scale in bitsandbytes' state of 8 bits. */
const blockOf8Bit = 256;

interface Update {
  /** Bytes of state that the allocator counts. */
  state: number;
  /** Bytes besides, in memory that the driver pages between card and host. */
  paged: number;
  /** Bytes that an update makes and frees. */
  scratch: number;
}

/** @param state what the optimizer keeps where it is torch's own */
export function updateOf(
  info: readonly ParameterInfo[],
  state: StateParts,
  { update }: Pick<TorchOptions, 'update'>,
): Update {
  const own = update === '8bit' || update === 'paged-8bit' ? sum(info.map(stateOf8Bit)) : state.optimizer;
  const isPaged = update === 'paged' || update === 'paged-8bit';
  return { state: isPaged ? 0 : own, paged: isPaged ? own : 0, scratch: scratchOf(state, update) };
}

/** AdamW's two moments: a byte each and a float32 for each block, or two float32. */
function stateOf8Bit(tensor: ParameterInfo): number {
  const numbers = sizeOf(tensor.shape);
  return numbers < smallest8Bit ? 8 * numbers : 2 * (numbers + 4 * Math.ceil(numbers / blockOf8Bit));
}

/**
 * `foreach` makes one tensor for each that is trained at once, such as the square roots in `_multi_tensor_adam` or the decayed gradients in
 * `_multi_tensor_sgd`; `for-loop` makes two for one at a time, the square root and its quotient in `_single_tensor_adam`. Fused kernels and those of bitsandbytes make none.
 */
function scratchOf({ gradients, largestGradient }: StateParts, update: TorchOptions['update']): number {
  if (update === 'foreach') return gradients;
  return update === 'for-loop' ? 2 * largestGradient : 0;
}

/** @file The memory that an optimizer holds on CUDA, by the way it is run. */
import type { GradientPart, HeldInTorch, ParameterInfo } from '../../method.js';
import { adam8bitInTorch } from '../../parts/gradient/packages.js';
import { sizeOf } from '../../tensor/shape.js';
import type { TrialPlan } from '../../training/plan.js';
import type { StateParts } from '../state.js';
import { adapterBytes, baseBytes, type TorchOptions } from './options.js';
import { sum } from './saved.js';

/** Bytes while one tensor is updated in the backward pass: its gradient, and what the update makes and frees beside it. */
export interface Applied {
  gradient: number;
  scratch: number;
}

export const appliedMost = (all: readonly Applied[]): Applied | undefined =>
  all.reduce<Applied | undefined>(
    (most, each) => (most && most.gradient + most.scratch >= each.gradient + each.scratch ? most : each),
    undefined,
  );

interface Update {
  /** Bytes of state that the allocator counts. */
  state: number;
  /** Bytes besides, in memory that the driver pages between card and host. */
  paged: number;
  /** Bytes that an update makes and frees, where all tensors are updated after the pass. */
  scratch: number;
  /** Bytes of the gradient of a tensor. Undefined: it is not trained. */
  gradient(path: string): number | undefined;
  /** Bytes while a tensor is updated as soon as its gradient is there. Undefined: it is not trained, or updated after the pass. */
  applied(path: string): Applied | undefined;
}

interface Updating {
  plan: TrialPlan;
  optimizer: GradientPart;
  /** State that a trial keeps where the optimizer is torch's own. */
  state: StateParts;
  /** Bytes of the state of a rank schedule among it. */
  ofRank: number;
  options: TorchOptions;
}

export function updateOf({ plan, optimizer, state, ofRank, options }: Updating): Update {
  const { update } = options;
  const info = optimizer.trains?.(plan.info) ?? plan.info;
  const adapters = new Set(plan.adapters.map(({ path }) => path));
  const each = ({ path }: ParameterInfo) => (adapters.has(path) ? adapterBytes(options) : baseBytes(options));
  const isOf8Bit = update === '8bit' || update === 'paged-8bit';
  const held = isOf8Bit ? adam8bitInTorch : optimizer.heldInTorch;
  const own = held ? ofRank + sum(info.map((tensor) => held.state(tensor, each(tensor)))) : state.optimizer;
  const isPaged = update === 'paged' || update === 'paged-8bit';
  const bytes = (tensor: ParameterInfo) => each(tensor) * sizeOf(tensor.shape);
  // torch's own makes the roots of the second moment: of all tensors at once by default, which in a hook is one.
  const scratch = (tensor: ParameterInfo) =>
    held ? Math.max(held.scratch(tensor, each(tensor)), held.refresh?.(tensor, each(tensor)) ?? 0) : bytes(tensor);
  const trained = new Map(info.map((tensor) => [tensor.path, tensor]));
  const inPass = update === 'per-layer';
  return {
    state: isPaged ? 0 : own,
    paged: isPaged ? own : 0,
    scratch: held ? scratchInTurn(info, held, each) : scratchOf(state, update),
    gradient: (path) => (trained.has(path) ? bytes(trained.get(path)!) : undefined),
    applied(path) {
      const tensor = inPass ? trained.get(path) : undefined;
      return tensor && { gradient: bytes(tensor), scratch: scratch(tensor) };
    },
  };
}

/** Tensors are updated one after another; a gradient that was projected takes the place of the whole one, and a loop keeps its last values. */
function scratchInTurn(
  info: readonly ParameterInfo[],
  held: HeldInTorch,
  each: (tensor: ParameterInfo) => number,
): number {
  let [most, freed, carried] = [0, 0, 0];
  for (const tensor of info) {
    const bytes = each(tensor);
    most = Math.max(most, held.scratch(tensor, bytes) - freed, (held.refresh?.(tensor, bytes) ?? 0) + carried - freed);
    freed += held.freed?.(tensor, bytes) ?? 0;
    carried = held.carried?.(tensor, bytes) ?? 0;
  }
  return most;
}

/**
 * `foreach` makes one tensor for each that is trained at once, such as the square roots in `_multi_tensor_adam` or the decayed gradients in
 * `_multi_tensor_sgd`; `for-loop` makes two for one at a time, the square root and its quotient in `_single_tensor_adam`. Fused kernels make none.
 */
function scratchOf({ gradients, largestGradient }: StateParts, update: TorchOptions['update']): number {
  if (update === 'foreach') return gradients;
  return update === 'for-loop' ? 2 * largestGradient : 0;
}

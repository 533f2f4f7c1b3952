/** @file Names that options of a training may have, apart from their schemas: a command line lists them, and need not load those. */

export { engineNames, predictedEngines } from './engines.js';

/** Types of the kernels of a frozen base. */
export const baseDtypes = ['float32', 'bfloat16', 'float16', 'int8', 'nf4'] as const;

/** Whether scales of a base in nf4 are packed too. */
export const doubleQuantizations = ['on', 'off'] as const;

/** Ways for an engine of this platform to hold the scores of attention: those of all queries, or of some at a time. */
export const attentions = ['whole', 'chunked'] as const;

/** Types in which products with the kernels of a frozen base are computed. */
export const computeDtypes = ['float32', 'bfloat16'] as const;

/** Amounts that a forward pass keeps for the backward pass: all, or the inputs of blocks. */
export const checkpointings = ['none', 'block'] as const;

/** Ways of several processes to part what a training holds. `zero3` is another name of `fsdp`. */
export const sharded = ['zero2', 'zero3', 'fsdp'] as const;

/** How a training in transformers and peft on CUDA is set up, as far as memory follows from it; the usual value comes first. */
export const torchSetup = {
  adapters: ['float32', 'model'],
  attention: ['sdpa', 'eager', 'flash'],
  logits: ['float32', 'model'],
  loss: ['whole', 'fused'],
  update: ['foreach', 'for-loop', 'fused', 'per-layer', '8bit', 'paged', 'paged-8bit'],
  shard: ['ddp', 'zero1', 'zero2', 'zero3', 'fsdp'],
} as const;

/** @file How a training in transformers and peft on CUDA is set up, as far as memory follows from it. */
export const torchDtypes = ['float32', 'bfloat16', 'float16', 'int8', 'nf4'] as const;
export type TorchDtype = (typeof torchDtypes)[number];

export const torchAttentions = ['eager', 'sdpa', 'flash'] as const;
export type TorchAttention = (typeof torchAttentions)[number];

/**
 * Ways to run the optimizer: `per-layer` updates each tensor in a hook as soon as its gradient is there, and frees that; those of bitsandbytes
 * are for AdamW alone.
 */
export const torchUpdates = ['foreach', 'for-loop', 'fused', 'per-layer', '8bit', 'paged', 'paged-8bit'] as const;
export type TorchUpdate = (typeof torchUpdates)[number];

/** Ways to train on several cards; each card has a batch of its own. */
export const torchShards = ['ddp', 'zero1', 'zero2', 'zero3', 'fsdp'] as const;
export type TorchShard = (typeof torchShards)[number];

/** Ways of the engine torch: FSDP2 over all, or over what is trained alone. */
export type RunnerShard = 'fsdp2' | 'fsdp2-trained';

export const torchAdapters = ['float32', 'model'] as const;
export type TorchAdapters = (typeof torchAdapters)[number];

/** Ways to take the loss over a vocabulary: from all logits, or as Liger's fused linear cross-entropy, which makes those of some tokens at a time. */
export const torchLosses = ['whole', 'fused'] as const;
export type TorchLoss = (typeof torchLosses)[number];

export interface TorchOptions {
  /** Type of the base's kernels. `int8` and `nf4` are bitsandbytes', on linear layers of blocks; all else is loaded in bfloat16. */
  dtype: TorchDtype;
  /**
   * Whether a quantized base is prepared by peft's `prepare_model_for_kbit_training`: what is not quantized becomes float32, and the
   * residual stream with it.
   */
  prepared: boolean;
  /** Whether the scales of nf4 are quantized too: `bnb_4bit_use_double_quant`. */
  doubleQuantization: boolean;
  /** Type of adapters: peft makes trained ones float32 (`autocast_adapter_dtype`), or leaves them in the type of the model. */
  adapters: TorchAdapters;
  /** `torch.autocast` to bfloat16. Default: where the base is prepared, as trainers do, for products would be in float32 otherwise. */
  autocast?: boolean | undefined;
  /** `none`, or each block run again in the backward pass, as `gradient_checkpointing_enable` does. */
  checkpointing: 'none' | 'block';
  attention: TorchAttention;
  /** Whether batches are padded: a mask is given to attention then, and keys and values are repeated for each head. */
  padded: boolean;
  /** The type of logits that the loss is computed from. transformers takes float32; `model` is what the model gives. */
  logits: 'float32' | 'model';
  loss: TorchLoss;
  update: TorchUpdate;
  /** Cards that train together, each with a batch of its own. Default 1. */
  gpus?: number;
  /** How several cards part what they hold. Default `ddp`: each holds all. */
  shard?: TorchShard;
  /** The way of the engine torch, in its place. */
  parts?: RunnerShard;
  /** Default `cuda`, where cuBLAS takes memory of its own. */
  device?: 'cpu' | 'cuda';
}

export const defaultTorchOptions: TorchOptions = {
  dtype: 'bfloat16',
  prepared: true,
  doubleQuantization: true,
  adapters: 'float32',
  checkpointing: 'none',
  attention: 'sdpa',
  padded: true,
  logits: 'float32',
  loss: 'whole',
  update: 'foreach',
};

const quantized: readonly TorchDtype[] = ['int8', 'nf4'];
export const isQuantized = ({ dtype }: Pick<TorchOptions, 'dtype'>): boolean => quantized.includes(dtype);

/** Whether the base is prepared; one that is not quantized has nothing to prepare. */
export const isPrepared = (options: Pick<TorchOptions, 'dtype' | 'prepared'>): boolean =>
  options.prepared && isQuantized(options);

export const isAutocast = (options: Pick<TorchOptions, 'dtype' | 'prepared' | 'autocast'>): boolean =>
  options.autocast ?? isPrepared(options);

const modelBytes = ({ dtype }: Pick<TorchOptions, 'dtype'>): number => (dtype === 'float32' ? 4 : 2);

/** Bytes of a number of the base that is not quantized. */
export const baseBytes = (options: Pick<TorchOptions, 'dtype' | 'prepared'>): number =>
  isPrepared(options) ? 4 : modelBytes(options);

/** Bytes of a number of an adapter. */
export const adapterBytes = (options: Pick<TorchOptions, 'dtype' | 'adapters'>): number =>
  options.adapters === 'model' ? modelBytes(options) : 4;

/** Bytes of a number that a product of matrices gives, apart from those of quantized kernels, which give the type of their input. */
export const computeBytes = (options: Pick<TorchOptions, 'dtype' | 'prepared' | 'autocast'>): number =>
  isAutocast(options) ? 2 : baseBytes(options);

/** Bytes of a number of a quantized kernel that is opened: nf4 in the type it was loaded in, int8 in that of the input. */
export const openedBytes = (options: Pick<TorchOptions, 'dtype' | 'prepared'>): number =>
  options.dtype === 'int8' ? baseBytes(options) : modelBytes(options);

/** Numbers of float32 in the tables that each nf4 kernel has: values of its 16 codes; of double quantization 256 more, and the mean. */
const codes = 16;
const codesOfScales = 256 + 1;

/**
 * Bytes of a quantized kernel. `int8` keeps a byte for each number and a float32 for each output (bitsandbytes `Int8Params`: `CB` and
 * `SCB`). `nf4` keeps half a byte and, for each 64, the largest (`absmax`): a float32, or by double quantization a byte and a float32 for
 * each 256 of these (QLoRA, 2305.14314, section 3).
 */
export function kernelBytes(
  numbers: number,
  outputs: number,
  { dtype, doubleQuantization }: Pick<TorchOptions, 'dtype' | 'doubleQuantization'>,
): number {
  if (dtype === 'int8') return numbers + 4 * outputs;
  if (dtype !== 'nf4') return numbers * modelBytes({ dtype });
  const blocks = Math.ceil(numbers / 64);
  const scales = doubleQuantization ? blocks + 4 * (Math.ceil(blocks / 256) + codesOfScales) : 4 * blocks;
  return Math.ceil(numbers / 2) + scales + 4 * codes;
}

/** @file How a training in transformers and peft on CUDA is set up, as far as memory follows from it. */
export const torchDtypes = ['float32', 'bfloat16', 'float16', 'int8', 'nf4'] as const;
export type TorchDtype = (typeof torchDtypes)[number];

export const torchAttentions = ['eager', 'sdpa', 'flash'] as const;
export type TorchAttention = (typeof torchAttentions)[number];

/** Ways to run the optimizer; those of bitsandbytes are for AdamW alone. */
export const torchUpdates = ['foreach', 'for-loop', 'fused', '8bit', 'paged', 'paged-8bit'] as const;
export type TorchUpdate = (typeof torchUpdates)[number];

export const torchAdapters = ['float32', 'model'] as const;
export type TorchAdapters = (typeof torchAdapters)[number];

export interface TorchOptions {
  /** Type of the base's kernels. `int8` and `nf4` are bitsandbytes', on linear layers of blocks; all else is bfloat16. */
  dtype: TorchDtype;
  /** Type of adapters: peft makes trained ones float32 (`autocast_adapter_dtype`), or leaves them in the type of the model. */
  adapters: TorchAdapters;
  /** `torch.autocast` to bfloat16. */
  autocast: boolean;
  /** `none`, or each block run again in the backward pass, as `gradient_checkpointing_enable` does. */
  checkpointing: 'none' | 'block';
  attention: TorchAttention;
  /** Whether batches are padded: a mask is given to attention then, and keys and values are repeated for each head. */
  padded: boolean;
  /** The type of logits that the loss is computed from. transformers takes float32; `model` is what the model gives. */
  logits: 'float32' | 'model';
  update: TorchUpdate;
}

export const defaultTorchOptions: TorchOptions = {
  dtype: 'bfloat16',
  adapters: 'float32',
  autocast: false,
  checkpointing: 'none',
  attention: 'sdpa',
  padded: true,
  logits: 'float32',
  update: 'foreach',
};

const quantized: readonly TorchDtype[] = ['int8', 'nf4'];
export const isQuantized = ({ dtype }: Pick<TorchOptions, 'dtype'>): boolean => quantized.includes(dtype);

/** Bytes of a number of the base that is not quantized. */
export const baseBytes = ({ dtype }: Pick<TorchOptions, 'dtype'>): number => (dtype === 'float32' ? 4 : 2);

/** Bytes of a number of an adapter. */
export const adapterBytes = (options: Pick<TorchOptions, 'dtype' | 'adapters'>): number =>
  options.adapters === 'model' ? baseBytes(options) : 4;

/** Bytes of a number that a matrix product gives. */
export const computeBytes = (options: Pick<TorchOptions, 'dtype' | 'autocast'>): number =>
  options.autocast ? 2 : baseBytes(options);

/**
 * Bytes of a quantized kernel. `int8` keeps a byte for each number and a float32 for each output (bitsandbytes `Int8Params`: `CB` and
 * `SCB`). `nf4` keeps half a byte, a byte for the largest of each 64 (`absmax`, itself quantized), and a float32 for each 256 of
 * these: QLoRA (2305.14314), section 3, double quantization.
 */
export function kernelBytes(numbers: number, outputs: number, { dtype }: Pick<TorchOptions, 'dtype'>): number {
  if (dtype === 'int8') return numbers + 4 * outputs;
  if (dtype !== 'nf4') return numbers * baseBytes({ dtype });
  const blocks = Math.ceil(numbers / 64);
  return Math.ceil(numbers / 2) + blocks + 4 * Math.ceil(blocks / 256);
}

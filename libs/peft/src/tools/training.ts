/** @file What a configuration file of another tool asks for, in terms of peft and torch. */
export type TorchDtype = 'float32' | 'bfloat16' | 'float16' | 'int8' | 'nf4';

export interface TorchPart {
  /** What is not quantized is float32, and the residual stream with it. */
  prepared: boolean;
  doubleQuantization: boolean;
  adapters: 'float32' | 'model';
  autocast: boolean;
  attention: 'sdpa' | 'eager' | 'flash';
  /** Batches are padded; false where examples are packed without padding. */
  padded: boolean;
  /** From all logits, or by Liger's fused linear cross-entropy. */
  loss: 'whole' | 'fused';
  update: 'foreach' | 'for-loop' | 'fused' | '8bit' | 'paged' | 'paged-8bit';
}

/** A training that a file describes. */
export interface ToolTraining {
  /** Id or folder of the base model; undefined where the file leaves it to its script. */
  base?: string | undefined;
  /** Fields of an `adapter_config.json`; null: every weight is trained. */
  adapter: Readonly<Record<string, unknown>> | null;
  /** Type of the kernels of the base. */
  dtype: TorchDtype;
  torch: TorchPart;
  checkpointing: 'none' | 'block';
  /** Tokens of an example; undefined where the file leaves them to its data. */
  sequence?: number | undefined;
  /** Examples of a forward pass on one card. */
  batch: number;
  /** Forward passes of one optimizer step. */
  accumulate: number;
  /** Name of the optimizer here. */
  optimizer: string;
  learningRate?: number | undefined;
  weightDecay?: number | undefined;
  /** Name of the schedule as transformers has it. */
  schedule?: string | undefined;
  warmupSteps?: number | undefined;
  clipNorm?: number | undefined;
  steps?: number | undefined;
  epochs?: number | undefined;
  seed?: number | undefined;
  /** A part that the tool switches on by itself and that is left out of account here, in words. */
  without?: string | undefined;
}

/** A field of a training, or a part of its set-up, that a caller can say himself. */
export type ToolField = keyof ToolTraining | 'attention' | 'shard';

/** A key of a file whose value cannot be taken over. */
export interface ToolProblem {
  key: string;
  /** The field of a training that it would set: a caller who sets that field himself has no problem. */
  field?: ToolField | undefined;
  message: string;
}

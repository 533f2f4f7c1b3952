/** @file The training that the bench `billion` measures, and what the process that runs it is told and answers. */
import {
  type BackendName,
  findMethod,
  findOptimizer,
  layerNames,
  type MemoryParts,
  modelConfigSchema,
} from '@rankforge/peft';

export const vocabularySize = 128_256;

/** Shapes of Llama-3.2-1B: 1.24 billion numbers, of which 263 million are the table that its head reads too. */
export const config = modelConfigSchema.parse({
  architecture: 'llama',
  vocabularySize,
  contextLength: 131_072,
  width: 2048,
  layers: 16,
  heads: 32,
  keyHeads: 8,
  headWidth: 64,
  mlpWidth: 8192,
  normEpsilon: 1e-5,
  rotary: { base: 500_000, scaling: { kind: 'none' } },
  biases: { projections: false, output: false, mlp: false },
  tied: true,
});

export const [batchSize, sequence, steps, rank] = [1, 64, 2, 8];

const method = findMethod('lora');
const adamw = findOptimizer('adamw');
export const trial = {
  method,
  config: method.config.parse({ rank }),
  optimizer: adamw.build(adamw.config.parse({})),
};
export const options = { targets: layerNames(config), baseDtype: 'nf4', checkpointing: 'block' } as const;

export interface Order {
  engine: BackendName;
  enginesFolder: string;
}

export interface Measured {
  /** The most bytes of all tensors, by part. */
  peak: MemoryParts;
  /** The most bytes of memory that the process had; undefined where the system does not say. */
  resident?: number | undefined;
  losses: number[];
  /** Seconds until the base was made, packed and on the device and the first step was over; then those of each step. */
  seconds: number[];
}

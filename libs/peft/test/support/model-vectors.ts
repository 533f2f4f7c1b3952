import { readFileSync } from 'node:fs';
import type { HostTensor } from '../../src/method.js';
import { LoadedBase } from '../../src/models/base.js';
import { readModelConfig } from '../../src/models/huggingface.js';
import { parametersOf } from '../../src/models/tensors.js';
import type { Batch } from '../../src/objectives/data.js';
import type { ObjectiveName } from '../../src/objectives/registry.js';
import { flatten, type Nested } from './close.js';

/** A model of transformers under the names of its own file. `lora` is by modules' names. */
export interface ModelCase {
  name: string;
  config: Record<string, unknown>;
  tensors: Record<string, Nested>;
  batch: {
    objective: ObjectiveName;
    size: number;
    sequence: number;
    inputs: number[];
    pixels?: number[];
    fields?: number[];
    features?: number[];
    targets: number[];
    lengths: number[];
  };
  /** Head of a classification, by our paths. */
  head?: Record<string, Nested>;
  headGradients?: Record<string, Nested>;
  /** `[size, sequence, width]` */
  hidden: Nested[];
  loss: number;
  gradients: Record<string, Nested>;
  lora: {
    config: { rank: number; alpha: number };
    tensors: Record<string, Record<string, Nested>>;
    loss: number;
    gradients: Record<string, Record<string, Nested>>;
  };
}

export function readModelVector(name: string): { cases: ModelCase[] } {
  return JSON.parse(readFileSync(new URL(`../vectors/models/${name}.json`, import.meta.url), 'utf8'));
}

export function hostTensor(values: Nested): HostTensor {
  const shape: number[] = [];
  for (let at = values; typeof at !== 'number'; at = at[0]!) shape.push(at.length);
  return { shape, values: Float32Array.from(flatten(values)) };
}

export const hostTensors = (values: Record<string, Nested>): Map<string, HostTensor> =>
  new Map(Object.entries(values).map(([name, nested]) => [name, hostTensor(nested)]));

export function baseOf({ config, tensors }: Pick<ModelCase, 'config' | 'tensors'>): LoadedBase {
  const stored = hostTensors(tensors);
  const parsed = readModelConfig(config, stored.keys());
  return new LoadedBase({ config: parsed, values: parametersOf(parsed, stored), tokenizer: null });
}

export function batchOf({ batch }: ModelCase): Batch {
  const { size, sequence, inputs, pixels, fields, features, targets, lengths } = batch;
  return {
    size,
    sequence,
    inputs: Int32Array.from(inputs),
    ...(pixels ? { pixels: Float32Array.from(pixels) } : {}),
    ...(fields ? { fields: Int32Array.from(fields) } : {}),
    ...(features ? { features: Float32Array.from(features) } : {}),
    targets: Int32Array.from(targets),
    lengths: Int32Array.from(lengths),
  };
}

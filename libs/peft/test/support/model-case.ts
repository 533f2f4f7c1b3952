import type { Tensor } from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../src/method.js';
import { LoadedBase } from '../../src/models/base.js';
import { baseParameters, modelConfigSchema } from '../../src/models/config.js';
import type { Batch } from '../../src/objectives/data.js';
import { flatten, type Nested } from './close.js';
import type { ModelCase } from './vectors.js';

type Weights = Pick<ModelCase, 'model' | 'weights'>;

export function baseOf({ model, weights }: Weights): LoadedBase {
  const config = modelConfigSchema.parse(model);
  const shapes = new Map(baseParameters(config).map(({ path, shape }) => [path, { shape }]));
  return new LoadedBase({ config, values: hostTensors(weights, shapes), tokenizer: null });
}

/** Numbers of a vector in the shapes that tensors of the same paths have. */
export function hostTensors(
  values: Readonly<Record<string, Nested>>,
  shapes: ReadonlyMap<string, Pick<Tensor, 'shape'> | { shape: number[] }>,
): Map<string, HostTensor> {
  return new Map(
    Object.entries(values).map(([path, nested]) => {
      const found = shapes.get(path);
      if (found === undefined) throw new Error(`The vector has a tensor ${path}, which there is not`);
      return [path, { shape: found.shape, values: Float32Array.from(flatten(nested)) }];
    }),
  );
}

export const batchOf = ({ batch }: Pick<ModelCase, 'batch'>): Batch => ({
  size: batch.lengths.length,
  sequence: batch.sequence,
  inputs: Int32Array.from(batch.inputs),
  targets: Int32Array.from(batch.targets),
  lengths: Int32Array.from(batch.lengths),
});

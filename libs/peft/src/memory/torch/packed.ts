/** @file Kernels of a base that bitsandbytes packs. */
import { foundOnce } from '../../found-once.js';
import { layersByPath, type ModelConfig } from '../../models/config.js';
import { sizeOf } from '../../tensor/shape.js';
import type { TrialPlan } from '../../training/plan.js';
import { shapesOfBase, trainedSizes } from '../placement.js';
import { baseOnce } from '../plan-sizes.js';
import { sum } from './saved.js';

interface PackedKernel {
  /** The linear layer. */
  path: string;
  numbers: number;
  outputs: number;
}

/** Kernels that a quantized base has packed, the numbers of the biases beside them, and of all else. */
export const packedOf = foundOnce((plan: TrialPlan) =>
  foundOnce((model: ModelConfig): { packed: readonly PackedKernel[]; biases: number; others: number } => {
    const layers = layersByPath(model);
    const trained = trainedSizes(plan);
    const shapes = shapesOfBase(plan.base);
    const packed = plan.base.flatMap(({ path: kernel, shape }) => {
      const path = kernel.endsWith('.kernel') ? kernel.slice(0, -'.kernel'.length) : '';
      const layer = layers.get(path);
      // bitsandbytes packs modules: kernels of experts, which are parameters of their own, stay as they are loaded.
      return layer && !layer.shape.stack && trained(kernel) === 0
        ? [{ path, numbers: sizeOf(shape), outputs: layer.shape.out }]
        : [];
    });
    const biases = sum(packed.map(({ path }) => sizeOf(shapes.get(`${path}.bias`) ?? [0])));
    return { packed, biases, others: baseOnce(plan.base).all - biases - sum(packed.map(({ numbers }) => numbers)) };
  }),
);

/** @file The view of a trial that a method's parts have: one layer with its tensors, or what stands before or beside the tokens. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { linearInBfloat16 } from '../engine/halved-products.js';
import { linear, matMul, products, throughFactors } from '../engine/ops.js';
import { linearOpened, opened, type PackedKernel } from '../engine/packed/open.js';
import { packedDtypes } from '../engine/packed/registry.js';
import type { BaseLayer, LayerContext, SequencePart, Tensors } from '../method.js';
import type { LinearLayer } from '../models/architecture.js';
import type { ModelConfig } from '../models/config.js';
import { factorPaths, partPath } from '../models/factors.js';
import { type SequenceAccess, sequenceShape } from '../models/sequence.js';
import type { ComputeDtype, PackedDtypeName } from '../tensor/base-dtypes.js';
import { tf } from '../tensor/tf.js';
import type { Observations } from './observations.js';
import type { TrialPlan } from './plan.js';
import type { TrainingPass } from './trial.js';

/** A trial's tensor by its path; throws where there is none. */
type Lookup = (path: string) => tfjs.Tensor;

/**
 * The frozen layer. Its kernel is looked up when a part reads it: a trial may go without.
 *
 * @param computeDtype type of the products with it
 */
export function baseLayer(
  { path, shape }: Pick<LinearLayer, 'path' | 'shape'>,
  tensor: Lookup,
  computeDtype: ComputeDtype = 'float32',
): BaseLayer {
  const bias = biasOf({ path, shape }, tensor);
  const layer = { shape, ...(bias ? { bias } : {}) };
  const { packed: dtype } = shape;
  if (dtype !== undefined) {
    const packed = () => heldPacked({ path, shape, dtype }, tensor);
    return {
      ...layer,
      get kernel() {
        return opened(packed());
      },
      forward: (x) =>
        computeDtype === 'bfloat16' ? linearInBfloat16(x, packed(), bias) : linearOpened(x, packed(), bias),
    };
  }
  if (shape.factorRank === undefined) {
    return {
      ...layer,
      get kernel() {
        return tensor(`${path}.kernel`) as tfjs.Tensor2D;
      },
      forward(x) {
        return computeDtype === 'bfloat16' ? linearInBfloat16(x, this.kernel, bias) : linear(x, this.kernel, bias);
      },
    };
  }
  const factors = () => heldFactors(path, tensor);
  return {
    ...layer,
    get kernel() {
      const { a, b } = factors();
      return matMul(a, b);
    },
    forward: (x) => throughFactors(x, factors(), bias),
  };
}

/** The parts that a kernel is held as. */
function heldPacked(
  { path, shape, dtype }: Pick<LinearLayer, 'path' | 'shape'> & { dtype: PackedDtypeName },
  tensor: Lookup,
): PackedKernel {
  const names = Object.keys(packedDtypes[dtype].parts(shape));
  const parts = Object.fromEntries(names.map((name) => [name, tensor(partPath(`${path}.kernel`, name))]));
  return { dtype, shape: { in: shape.in, out: shape.out }, parts };
}

/** The matrices that a kernel is held as. */
export function heldFactors(path: string, tensor: Lookup) {
  const [a, b] = factorPaths(`${path}.kernel`).map(tensor);
  return { a: a as tfjs.Tensor2D, b: b as tfjs.Tensor2D };
}

export const biasOf = ({ path, shape }: Pick<LinearLayer, 'path' | 'shape'>, tensor: Lookup) =>
  shape.bias ? (tensor(`${path}.bias`) as tfjs.Tensor1D) : undefined;

/** Adapter tensors of one targeted layer by their own names, those that it shares included. */
export function layerTensors(path: string, plan: TrialPlan, tensor: Lookup): Tensors {
  const own = plan.adapters.filter(({ users }) => users.includes(path));
  return Object.fromEntries(own.map(({ name, path }) => [name, tensor(path)]));
}

/** A layer as a weight part sees it: in training by `pass`, otherwise in evaluation. */
export function layerContext(
  { path, config }: { path: string; config: unknown },
  tensors: Tensors,
  pass?: TrainingPass,
): LayerContext<unknown> {
  return {
    path,
    config,
    products,
    tensors,
    dropout: (x) => (pass && pass.dropout.probability > 0 ? drop(x, pass.dropout) : x),
    ...(pass && { random: pass.random }),
    ...(pass?.batch !== undefined && { batch: pass.batch }),
    ...(pass?.observations && observing(path, pass.observations)),
  };
}

/** The sequence part's view of a trial's tensors. */
export function sequenceAccess(
  part: SequencePart<unknown>,
  model: ModelConfig,
  { plan, config }: { plan: TrialPlan; config: unknown },
  tensor: Lookup,
): SequenceAccess {
  const own = plan.adapters.filter(({ path }) => path.startsWith('sequence.'));
  const context = () => ({
    model: sequenceShape(model),
    config,
    products,
    tensors: Object.fromEntries(own.map(({ name, path }) => [name, tensor(path)])),
  });
  const { embeddings, prefix, beside } = part;
  return {
    length: part.length(config),
    ...(embeddings && { embeddings: () => embeddings(context()) }),
    ...(prefix && { prefix: (attention: string) => prefix(attention, context()) }),
    ...(beside && { beside: (attention: string) => beside.of(attention, context()) }),
  };
}

const observing = (path: string, observations: Observations): Pick<LayerContext<unknown>, 'observe'> => ({
  observe: (name, value) => observations.add(path, name, value),
});

/** Zeroes each element with the pass's probability and scales the others up, so that the expectation stays. */
function drop(x: tfjs.Tensor2D, { probability, random }: TrainingPass['dropout']): tfjs.Tensor2D {
  const scale = 1 / (1 - probability);
  const mask = Float32Array.from({ length: x.size }, () => (random.uniform() < probability ? 0 : scale));
  return tf.mul(x, tf.tensor2d(mask, x.shape));
}

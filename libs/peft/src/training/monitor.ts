/**
 * @file The norms on which it depends whether the gradient of a low-rank update of attention can be approximated in
 * almost linear time in the sequence length L: largest magnitudes of queries and keys, to be compared with √ln L.
 * Source: arXiv 2406.03136, theorems 3.1 and A.1. The theorems are asymptotic with unknown constants: the ratios are
 * numbers to look at and no gate. Large ones also announce large attention logits.
 */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Method } from '../method.js';
import { linearLayers, type ModelConfig } from '../models/config.js';
import { hiddenStates, type ModelAccess } from '../models/forward.js';
import type { Batch } from '../objectives/data.js';
import { tf } from '../tensor/tf.js';
import { baseLayer, layerContext } from './layers.js';
import type { PlannedLayer } from './plan.js';
import type { TrialModel } from './trial.js';

interface Monitored {
  trial: TrialModel;
  model: ModelConfig;
  method: Method;
  batch: Batch;
}

/** Largest magnitudes of one layer's outputs: with its update, without it, and of the update alone. */
interface LayerNorms {
  role: 'query' | 'key';
  /** Positions that attend to one another. */
  length: number;
  whole: number;
  base: number;
  update: number;
}

/**
 * Runs one batch in evaluation and measures the projections to queries and keys, bias included. Changes nothing.
 *
 * @param input of a method whose updates are of low rank
 * @returns maximum and mean over the layers of: queries and keys, those without the update, the update alone, and
 * queries and keys over √ln L
 */
export async function measureNorms(input: Monitored): Promise<Record<string, number>> {
  const norms = await layerNorms(input);
  const roles = ['query', 'key'] as const;
  return Object.fromEntries(
    roles.flatMap((role) => {
      const own = norms.filter((layer) => layer.role === role);
      const of = (name: string, value: (norms: LayerNorms) => number) => summary(`${role}${name}`, own.map(value));
      return [
        ...of('', ({ whole }) => whole),
        ...of('-base', ({ base }) => base),
        ...of('-update', ({ update }) => update),
        ...of('-ratio', ({ whole, length }) => whole / Math.sqrt(Math.log(length))),
      ];
    }),
  );
}

function summary(name: string, values: readonly number[]): [string, number][] {
  if (values.length === 0) return [];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    [`${name}.max`, Math.max(...values)],
    [`${name}.mean`, mean],
  ];
}

async function layerNorms({ trial, model, method, batch }: Monitored): Promise<LayerNorms[]> {
  const roles = new Map(linearLayers(model).map(({ path, shape }) => [path, shape.role]));
  const adapted = new Map(trial.plan.layers.map((layer) => [layer.path, layer]));
  const plain = trial.access();
  const measured: { role: 'query' | 'key'; length: number; norms: tfjs.Tensor }[] = [];
  const access: ModelAccess = {
    ...plain,
    linear(path, x) {
      const y = plain.linear(path, x);
      const role = roles.get(path);
      if (role === 'query' || role === 'key') {
        const norms = tf.tidy(() => largest(y, updateOf(adapted.get(path), x, { trial, method })));
        measured.push({ role, length: x.shape[0] / batch.size, norms: tf.keep(norms) });
      }
      return y;
    },
  };
  tf.tidy(() => void hiddenStates(model, batch, access));
  try {
    return await Promise.all(
      measured.map(async ({ role, length, norms }) => {
        const [whole, base, update] = await norms.data<'float32'>();
        return { role, length, whole: whole!, base: base!, update: update! };
      }),
    );
  } finally {
    tf.dispose(measured.map(({ norms }) => norms));
  }
}

/** `(x·a)·b` of a layer that carries an adapter; where lengths are trained too, x times what the kernel changed by. */
function updateOf(
  layer: PlannedLayer | undefined,
  x: tfjs.Tensor2D,
  { trial, method }: Pick<Monitored, 'trial' | 'method'>,
): tfjs.Tensor2D | undefined {
  if (layer === undefined) return undefined;
  const context = layerContext(layer, trial.layerTensors(layer.path));
  const { matMul } = context.products;
  const weight = method.weight!;
  if (weight.lowRank === undefined) {
    const base = baseLayer(layer, trial.access().tensor);
    return matMul(x, tf.sub(weight.kernel(base, context), base.kernel));
  }
  const { a, b } = weight.lowRank.factors(layer.shape, context);
  return matMul(matMul(x, a), b);
}

/** `[3]`: of the outputs, the outputs without the update, the update. */
function largest(y: tfjs.Tensor2D, update: tfjs.Tensor2D | undefined): tfjs.Tensor {
  const magnitude = (x: tfjs.Tensor) => tf.max(tf.abs(x));
  const whole = magnitude(y);
  return update
    ? tf.stack([whole, magnitude(tf.sub(y, update)), magnitude(update)])
    : tf.stack([whole, whole, tf.scalar(0)]);
}

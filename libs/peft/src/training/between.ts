/** @file Runs slot 4 of a method around the optimizer's update. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { products } from '../engine/ops.js';
import type { Forgotten, LayerTensors, OptimizerState, RankInput, SteppedLayer } from '../method.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';
import type { StepInput, StepState } from './step-input.js';

/** Masks by parameter path. The caller disposes them. */
type Masks = ReadonlyMap<string, tfjs.Tensor>;

/** The rank part's state and masks before the updates are added. Terms that it adds are in `gradients` then. */
export async function beforeUpdate(
  input: StepInput,
  gradients: Map<string, tfjs.Tensor>,
): Promise<{ rank: OptimizerState; masks: Masks }> {
  const before = input.method.rank?.before;
  if (before === undefined) {
    return { rank: input.state.rank, masks: new Map() };
  }
  const { state, masks = new Map(), added = new Map() } = await before(rankInput(input, gradients, input.state.rank));
  addTo(gradients, byPath(added));
  return { rank: state, masks: byPath(masks) };
}

/** Sums take the place of gradients; what they are made of is disposed. */
function addTo(gradients: Map<string, tfjs.Tensor>, terms: ReadonlyMap<string, tfjs.Tensor>): void {
  try {
    for (const [path, term] of terms) {
      const gradient = gradients.get(path);
      if (gradient === undefined) throw new Error(`${path} is not trained: a rank part cannot add to its gradient`);
      gradients.set(path, tf.add(gradient, term));
      gradient.dispose();
    }
  } finally {
    tf.dispose([...terms.values()]);
  }
}

/** The rank part's next state and the layers' ranks; replaces tensors of the trial and entries of optimizer state. */
export async function afterUpdate(
  input: StepInput,
  gradients: ReadonlyMap<string, tfjs.Tensor>,
  { rank, optimizer }: StepState,
): Promise<{ state: StepState; ranks: Readonly<Record<string, number>> | undefined }> {
  const after = input.method.rank?.after;
  if (after === undefined) {
    return { state: { rank, optimizer }, ranks: undefined };
  }
  const result = await after(rankInput(input, gradients, rank));
  for await (const [layer, named] of result.replaced ?? []) {
    for (const [name, tensor] of Object.entries(named)) input.trial.replace(`${layer}.${name}`, tensor);
  }
  const kept = await forgetting(optimizer, result.forgotten ?? new Map(), input);
  return { state: { rank: result.state, optimizer: kept }, ranks: result.ranks };
}

/** Optimizer state with the entries at 0 that are forgotten; tensors that are replaced are disposed. */
async function forgetting(
  state: OptimizerState,
  forgotten: Forgotten,
  { trial, optimizer, pass }: StepInput,
): Promise<OptimizerState> {
  let next: Record<string, tfjs.Tensor> = { ...state };
  const infos = new Map(trial.info.map((info) => [info.path, info]));
  for (const [layer, shares] of forgotten) {
    for (const [name, share] of Object.entries(shares)) {
      const path = `${layer}.${name}`;
      const info = infos.get(path);
      if (info === undefined) continue;
      // The same entries of every moment: a mean that outlived its square would be divided by next to nothing.
      const fewer = (tensor: tfjs.Tensor) => {
        if (tensor.shape.join() !== info.shape.join()) return undefined;
        return share < 1 ? thinned(tensor, share, pass.random.fork(`forget/${path}`)) : tf.zerosLike(tensor);
      };
      for (const [key, tensor] of Object.entries(next)) {
        const kept = key.startsWith(`${path}/`) ? fewer(tensor) : undefined;
        if (kept === undefined) continue;
        next[key] = kept;
        tensor.dispose();
      }
      next = { ...((await optimizer.recode?.(info, next, fewer)) ?? next) };
    }
  }
  return next;
}

/** Each entry is 0 with the probability `share`. */
function thinned(tensor: tfjs.Tensor, share: number, random: Random): tfjs.Tensor {
  const kept = Float32Array.from({ length: tensor.size }, () => Number(random.uniform() >= share));
  return tf.tidy(() => tf.mul(tensor, tf.tensor(kept, tensor.shape)));
}

/**
 * `value + update`, where a mask of 0 keeps the value's bits. The update is disposed.
 * A product with the mask would not do: it makes −0 into 0 and lets an infinite update through.
 */
export function updated(value: tfjs.Tensor, update: tfjs.Tensor, mask: tfjs.Tensor | undefined): tfjs.Tensor {
  return tf.tidy(() => {
    const next = tf.add(value, update);
    update.dispose();
    return mask ? tf.where(tf.cast(mask, 'bool'), next, value) : next;
  });
}

const byPath = (tensors: LayerTensors): Map<string, tfjs.Tensor> =>
  new Map(
    [...tensors].flatMap(([layer, named]) =>
      Object.entries(named).map(([name, tensor]) => [`${layer}.${name}`, tensor] as const),
    ),
  );

function rankInput(
  { trial, config, pass, step, totalSteps, learningRate }: StepInput,
  gradients: ReadonlyMap<string, tfjs.Tensor>,
  state: OptimizerState,
): RankInput<unknown> {
  const access = trial.access();
  const layers = trial.layers.map(({ path, shape }): SteppedLayer => {
    const trained = trial.plan.adapters.filter((adapter) => adapter.trained && adapter.users.includes(path));
    return {
      path,
      shape,
      get kernel() {
        return access.tensor(`${path}.kernel`) as tfjs.Tensor2D;
      },
      tensors: trial.layerTensors(path),
      gradients: Object.fromEntries(trained.map((adapter) => [adapter.name, gradients.get(adapter.path)!])),
      observed: pass.observations?.of(path) ?? {},
    };
  });
  return { step, totalSteps, learningRate, layers, state, config, random: pass.random, products };
}

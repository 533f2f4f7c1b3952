/** @file Runs slot 4 of a method around the optimizer's update. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { matMul } from '../engine/ops.js';
import type { LayerTensors, OptimizerState, RankInput, SteppedLayer } from '../method.js';
import { tf } from '../tensor/tf.js';
import type { StepInput } from './step.js';

/** Masks by parameter path. The caller disposes them. */
type Masks = ReadonlyMap<string, tfjs.Tensor>;

/** The rank part's state and masks before the updates are added. */
export async function beforeUpdate(
  input: StepInput,
  gradients: ReadonlyMap<string, tfjs.Tensor>,
): Promise<{ rank: OptimizerState; masks: Masks }> {
  const before = input.method.rank?.before;
  if (before === undefined) {
    return { rank: input.state.rank, masks: new Map() };
  }
  const { state, masks = new Map() } = await before(rankInput(input, gradients, input.state.rank));
  return { rank: state, masks: byPath(masks) };
}

/** The rank part's next state and the layers' ranks; replaces tensors of the trial. */
export async function afterUpdate(
  input: StepInput,
  gradients: ReadonlyMap<string, tfjs.Tensor>,
  state: OptimizerState,
): Promise<{ rank: OptimizerState; ranks: Readonly<Record<string, number>> | undefined }> {
  const after = input.method.rank?.after;
  if (after === undefined) {
    return { rank: state, ranks: undefined };
  }
  const result = await after(rankInput(input, gradients, state));
  for (const [path, tensor] of byPath(result.replaced ?? new Map())) {
    input.trial.replace(path, tensor);
  }
  return { rank: result.state, ranks: result.ranks };
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
    const trained = trial.plan.adapters.filter(
      (adapter) => adapter.trained && (adapter.layer === path || adapter.layer === undefined),
    );
    return {
      path,
      shape,
      kernel: access.tensor(`${path}.kernel`) as tfjs.Tensor2D,
      tensors: trial.layerTensors(path),
      gradients: Object.fromEntries(trained.map((adapter) => [adapter.name, gradients.get(adapter.path)!])),
      observed: pass.observations?.of(path) ?? {},
    };
  });
  return { step, totalSteps, learningRate, layers, state, config, random: pass.random, products: { matMul } };
}

/** @file The worst that may be added to what blocks put out, found by projected gradient steps with the model as it is. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { differentiate, disposeGradients } from '../engine/autograd.js';
import type { ModelAccess } from '../models/forward.js';
import type { Batch } from '../objectives/data.js';
import type { Attack } from '../recipes/recipe.js';
import { tf } from '../tensor/tf.js';
import type { StepInput } from './step-input.js';

/** What is added to the tokens of a batch, by place: `[rows, width]`. */
export type Perturbation = ReadonlyMap<number, tfjs.Tensor2D>;

/** Shapes of what blocks put out, as a pass is made. */
export function noting(attack: Attack, shapes: Map<number, [number, number]>): Pick<ModelAccess, 'perturb'> {
  return {
    perturb(x, place) {
      if (attack.places.includes(place)) shapes.set(place, x.shape);
      return x;
    },
  };
}

/** Adds a perturbation to what blocks put out. */
export const adding = (perturbation: Perturbation): Pick<ModelAccess, 'perturb'> => ({
  perturb(x, place) {
    const delta = perturbation.get(place);
    return delta ? tf.add(x, delta) : x;
  },
});

/**
 * One step: along the gradient of each token by `rate · radius`, up or down, and back into the ball. A token without a gradient, as
 * padding is, stays.
 */
export function projectedStep(
  delta: tfjs.Tensor2D,
  gradient: tfjs.Tensor2D,
  { radius, rate, toward }: Pick<Attack, 'radius' | 'rate' | 'toward'>,
): tfjs.Tensor2D {
  return tf.tidy(() => {
    const length = (rows: tfjs.Tensor2D) => tf.norm(rows, 'euclidean', 1, true);
    const way = (toward === undefined ? 1 : -1) * rate * radius;
    const moved = tf.add(delta, tf.mul(gradient, tf.div(way, tf.maximum(length(gradient), 1e-30)))) as tfjs.Tensor2D;
    return tf.div(moved, tf.maximum(tf.div(length(moved), radius), 1)) as tfjs.Tensor2D;
  });
}

/** Searches from nothing added. The caller disposes what is found. */
export function searched(
  { trial, model, objective }: Pick<StepInput, 'trial' | 'model' | 'objective'>,
  batch: Batch,
  attack: Attack,
  shapes: ReadonlyMap<number, [number, number]>,
): Perturbation {
  const { toward } = attack;
  const asked = toward === undefined ? batch : { ...batch, targets: new Int32Array(batch.targets.length).fill(toward) };
  const found = new Map([...shapes].map(([place, shape]) => [place, tf.zeros(shape) as tfjs.Tensor2D] as const));
  try {
    for (let step = 0; step < attack.steps; step++) {
      const access = { ...trial.access(), ...adding(found) };
      const { value, gradients } = differentiate(new Map([...found].map(([place, delta]) => [`${place}`, delta])), () =>
        objective.loss(model, asked, access, objective.count(batch)),
      );
      value.dispose();
      for (const [place, delta] of found) {
        found.set(place, projectedStep(delta, gradients.get(`${place}`) as tfjs.Tensor2D, attack));
        delta.dispose();
      }
      disposeGradients(gradients);
    }
    return found;
  } catch (error) {
    tf.dispose([...found.values()]);
    throw error;
  }
}

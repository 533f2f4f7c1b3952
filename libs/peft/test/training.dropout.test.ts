/** @file Forward passes of one step that are compared with each other: what they drop out is the same. */
import { expect, it } from 'vitest';
import type { GradientPart } from '../src/method.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { estimatedGradients } from '../src/training/estimate.js';
import { inject } from '../src/training/inject.js';
import { objectiveOf } from '../src/training/loss.js';
import { disposeState, trainStep } from '../src/training/step.js';
import { openedBase } from './support/opened-engine.js';
import { targets, tinyConfig, tinyData } from './support/tiny-model.js';

const on = openedBase();

// Its update is not 0 at the start, so that what is dropped out changes the loss.
const method = findMethod('pissa');
const config = method.config.parse({ rank: 2 });
const sgd = findOptimizer('sgd').build(findOptimizer('sgd').config.parse({}));

/** A step of a training with dropout, by an optimizer. The trial is the caller's. */
const stepBy = (optimizer: GradientPart) => ({
  trial: inject({ base: on.base, method, config, targets, random: createRandom(4) }),
  ...{ model: tinyConfig, method, config, optimizer, objective: objectiveOf('language-modelling') },
  batches: [tinyData.train.batch([0, 1, 2, 3])],
  ...{ step: 1, totalSteps: 1, learningRate: 1, clipNorm: undefined },
  pass: {
    dropout: { probability: 0.5, random: createRandom(5) },
    random: createRandom(6),
    checkpointing: 'none' as const,
  },
  state: { optimizer: {}, rank: {} },
  random: createRandom(7),
});

it('drops out the same for all candidates of an estimate', async () => {
  const found: number[] = [];
  const input = stepBy(sgd);
  const { gradients } = await estimatedGradients(input, {
    ...{ candidates: 4, distance: 1e-12 },
    weights(losses) {
      found.push(...losses);
      return losses.map(() => 0);
    },
  });
  tf.dispose([...gradients.values()]);
  input.trial.dispose();
  expect(found).toHaveLength(4);
  expect(new Set(found).size).toBe(1);
});

it('drops out the same where gradients are taken at other values besides', async () => {
  const found: Float32Array[][] = [];
  const input = stepBy({
    ...sgd,
    // The values that are trained, as they are.
    besides: () => input.trial.trained(),
    update(given) {
      for (const of of [given.gradients, given.gradientsBesides!]) {
        found.push([...of.values()].map((gradient) => gradient.dataSync() as Float32Array));
      }
      return sgd.update(given);
    },
  });
  const { state } = await trainStep(input);
  disposeState(state);
  input.trial.dispose();
  const [own, besides] = found;
  expect(besides).toEqual(own);
  expect(own!.flatMap((values) => [...values]).some((value) => value !== 0)).toBe(true);
});

/** @file A step with a penalty on what blocks put out, and that penalty by itself. */
import { differentiate, disposeGradients } from '../../src/engine/autograd.js';
import type { Method } from '../../src/method.js';
import { LoadedBase } from '../../src/models/base.js';
import type { Batch } from '../../src/objectives/data.js';
import type { ObjectiveName } from '../../src/objectives/registry.js';
import { findMethod, findOptimizer } from '../../src/registry.js';
import { createRandom } from '../../src/tensor/random.js';
import { tf } from '../../src/tensor/tf.js';
import { inject } from '../../src/training/inject.js';
import { objectiveOf } from '../../src/training/loss.js';
import { penalized } from '../../src/training/penalties.js';
import { type StepInput } from '../../src/training/step-input.js';
import { targets } from './tiny-model.js';

export const pela = findMethod('pela');
export const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));

interface Wanted {
  base: LoadedBase;
  method?: Method;
  config?: object;
  batches: Batch[];
  objective?: ObjectiveName;
  of?: readonly string[];
  classes?: number;
}

/** A first step of a trial. */
export function stepOf({
  base,
  method = pela,
  config = {},
  batches,
  objective = 'language-modelling',
  of,
  classes,
}: Wanted) {
  const parsed = method.config.parse(config);
  const head = classes === undefined ? {} : { classes };
  const trial = inject({ base, method, config: parsed, targets: of ?? targets, random: createRandom(1), ...head });
  const random = createRandom(0);
  const input: StepInput = {
    trial,
    model: base.config,
    method,
    config: parsed,
    optimizer: adamw,
    objective: objectiveOf(objective),
    batches,
    step: 1,
    totalSteps: 1,
    learningRate: 1e-3,
    random,
    clipNorm: undefined,
    pass: { dropout: { probability: 0, random }, random, checkpointing: 'none' },
    state: { optimizer: {}, rank: {} },
  };
  return { trial, input };
}

/** The penalty on features of a batch alone, and its gradients. */
export function featuresOf(input: StepInput, batch = input.batches[0]!) {
  const { model, objective, trial } = input;
  const { value, gradients } = differentiate(trial.trained(), () =>
    penalized(input, { batch, first: false }, (access) =>
      tf.mul(objective.loss(model, batch, access, objective.count(batch)), 0),
    ),
  );
  const read = { value: value.dataSync()[0]!, gradients: new Map<string, Float32Array>() };
  for (const [path, gradient] of gradients) read.gradients.set(path, gradient.dataSync() as Float32Array);
  value.dispose();
  disposeGradients(gradients);
  return read;
}

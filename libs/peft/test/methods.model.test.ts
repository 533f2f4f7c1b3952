/** @file Methods inside a whole model against the reference, for every vector that has such a case. */
import { describe, expect, it } from 'vitest';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { countTrainable } from '../src/memory/predict.js';
import { presetConfig } from '../src/models/config.js';
import { findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { inject } from '../src/training/inject.js';
import { objectiveOf } from '../src/training/loss.js';
import { disposeState, initialState, trainStep } from '../src/training/step.js';
import { expectClose, relativeError } from './support/close.js';
import { evaluateFormula } from './support/formula.js';
import { baseOf, batchOf, hostTensors } from './support/model-case.js';
import { openedEngine } from './support/opened-engine.js';
import { readVector } from './support/vectors.js';

const cases = methods.flatMap((method) =>
  (readVector('methods', method.name).models ?? []).map((testCase, index) => ({
    method,
    testCase,
    label: `${method.name} #${index}`,
  })),
);

it('has a case for every method on no linear layer, with as many parameters as its formula says', () => {
  for (const method of methods.filter(({ sequence, tokens }) => sequence ?? tokens)) {
    const own = cases.filter((candidate) => candidate.method === method);
    expect(own.length, method.name).toBeGreaterThan(0);
    const config = method.config.parse({});
    const model = presetConfig('nano', 512);
    const trained = countTrainable({ model, method, config, targets: ['query'] });
    expect(
      evaluateFormula(method.parameterFormula, { in: 0, out: 0, bias: true }, { ...model, ...(config as object) }),
    ).toBe(trained);
  }
});

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  const on = openedEngine(backend);

  describe.each(cases)('$label', ({ method, testCase }) => {
    const setUp = () => {
      const { config, targets, classes, tensors } = testCase;
      const base = baseOf(testCase);
      const head = classes === undefined ? {} : { classes };
      const parsed = method.config.parse(config);
      const trial = inject({ base, method, config: parsed, targets, random: createRandom(1), ...head });
      trial.load(hostTensors(tensors, new Map([...trial.trained(), ...trial.frozen()])));
      const objective = objectiveOf(classes === undefined ? 'language-modelling' : 'classification');
      const batch = batchOf(testCase);
      const dispose = () => {
        trial.dispose();
        base.dispose();
      };
      return { base, trial, parsed, objective, batch, dispose };
    };

    it('gives the loss and the gradients of the reference', () => {
      const { base, trial, objective, batch, dispose } = setUp();
      const { value, gradients } = differentiate(trial.trained(), () =>
        objective.loss(base.config, batch, trial.access(), objective.count(batch)),
      );
      expectClose(value.dataSync() as Float32Array, [testCase.loss], on.engine.tolerance, 'loss');
      expect([...gradients.keys()].sort()).toEqual(Object.keys(testCase.gradients).sort());
      for (const [path, gradient] of gradients) {
        expectClose(gradient.dataSync() as Float32Array, testCase.gradients[path]!, on.engine.tolerance, path);
      }
      disposeGradients(gradients);
      value.dispose();
      dispose();
    });

    it('is where the reference is after its optimizer steps', async () => {
      const { base, trial, parsed, objective, batch, dispose } = setUp();
      const { optimizer, tensors, loss } = testCase.afterSteps;
      const part = findOptimizer(optimizer.name).build(optimizer.config as never);
      let state = initialState({ trial, method, config: parsed, optimizer: part, random: createRandom(0) });
      for (let step = 1; step <= optimizer.steps; step++) {
        const random = createRandom(step);
        const result = await trainStep({
          trial,
          model: base.config,
          method,
          config: parsed,
          optimizer: part,
          objective,
          batches: [batch],
          step,
          totalSteps: optimizer.steps,
          learningRate: optimizer.learningRate,
          random: createRandom(0),
          clipNorm: undefined,
          pass: { dropout: { probability: 0, random }, random, checkpointing: 'none' },
          state,
        });
        state = result.state;
      }
      for (const [path, expected] of Object.entries(tensors)) {
        expectClose(trial.trained().get(path)!.dataSync() as Float32Array, expected, on.engine.tolerance, path);
        expect(relativeError(expected, testCase.tensors[path]!), `${path} was trained`).toBeGreaterThan(0.01);
      }
      const after = tf.tidy(() =>
        objective.loss(base.config, batch, trial.access(), objective.count(batch)).dataSync(),
      ) as Float32Array;
      expectClose(after, [loss], on.engine.tolerance, 'loss after the steps');
      disposeState(state);
      dispose();
    });
  });
});

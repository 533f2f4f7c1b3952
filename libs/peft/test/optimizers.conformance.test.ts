/** @file Properties every optimizer must have. The suite walks the registry and asks no optimizer for its name. */
import { describe, expect, it } from 'vitest';
import { addedEngines } from '../../../test/support/engines.js';
import type { ParameterInfo } from '../src/method.js';
import { optimizerNames, optimizers } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose } from './support/close.js';
import { evaluateStateFormula } from './support/formula.js';
import { inFloatsOf } from './support/in-floats.js';
import { openedEngine } from './support/opened-engine.js';
import { OptimizerRun } from './support/optimizer-run.js';
import { namesWith, readVector, withoutOrigin } from './support/vectors.js';

const tolerance = 1e-5;

it('has a vector and its script for every optimizer, and an optimizer for every vector', () => {
  expect(namesWith('optimizers', 'json')).toEqual([...optimizerNames].sort());
  expect(namesWith('optimizers', 'py')).toEqual([...optimizerNames].sort());
});

it('says in every vector what its numbers follow', () => {
  expect(withoutOrigin('optimizers')).toEqual([]);
});

it('describes every field of every configuration and gives it a default', () => {
  for (const { name, config, usesRank } of optimizers) {
    const { properties = {} } = config.toJSONSchema({ io: 'input' }) as { properties?: Record<string, object> };
    for (const [field, schema] of Object.entries(properties)) {
      expect(schema, `${name}.${field}`).toHaveProperty('description');
    }
    expect(config.safeParse({}).success, `defaults of ${name}`).toBe(true);
    expect(config.safeParse({ noSuchField: 1 }).success, `unknown fields of ${name}`).toBe(false);
    expect('rank' in properties, `rank of ${name}`).toBe(usesRank);
  }
});

const estimates = optimizers.flatMap((optimizer) =>
  (readVector('optimizers', optimizer.name).estimates ?? []).map((testCase, index) => ({
    optimizer,
    testCase,
    label: `${optimizer.name} #${index}`,
  })),
);

it('has estimates in the vector of every optimizer that makes some', () => {
  const made = optimizers.filter(({ build, config }) => build(config.parse({})).estimator).map(({ name }) => name);
  expect([...new Set(estimates.map(({ optimizer }) => optimizer.name))]).toEqual(made);
});

it.each(estimates)('weighs perturbations as the reference does: $label', ({ optimizer, testCase }) => {
  const { estimator } = optimizer.build(optimizer.config.parse(testCase.config));
  const { losses, weights } = testCase;
  expectClose(estimator!.weights(losses), weights, 1e-12, 'weights');
  expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0))).toBeLessThan(1e-12);
  // Of the losses their order counts alone.
  expect(estimator!.weights(losses.map((loss) => Math.exp(3 * loss) - 7))).toEqual(estimator!.weights(losses));
});

const cases = optimizers.flatMap((optimizer) =>
  readVector('optimizers', optimizer.name).cases.map((testCase, index) => ({
    optimizer,
    testCase,
    label: `${optimizer.name} #${index}`,
  })),
);

describe.each(['cpu', 'wasm', ...addedEngines] as const)('on %s', (backend) => {
  const on = openedEngine(backend);

  describe.each(cases)('$label', ({ optimizer, testCase }) => {
    const open = () => new OptimizerRun(optimizer.build(optimizer.config.parse(testCase.config)), testCase);

    it('moves parameters as the reference does, at every step', async () => {
      const run = open();
      for (const { values } of testCase.steps) {
        await run.step();
        for (const [path, expected] of Object.entries(values)) {
          expectClose(run.values(path), expected, tolerance, `${path} after step ${run.done}`);
        }
      }
      run.dispose();
    });

    it('holds the state it says, and no tensor more after each step', async () => {
      const run = open();
      const held = () => Object.values(run.state).reduce((sum, { size }) => sum + 4 * size, 0);
      const { state } = run.part.memory(run.info, inFloatsOf(4, on.engine.name));
      expect(held()).toBe(state);
      const live: number[] = [];
      for (const _ of testCase.steps) {
        await run.step();
        expect(held()).toBe(state);
        live.push(tf.memory().numTensors);
      }
      expect(new Set(live).size, `live tensors: ${live}`).toBe(1);
      run.dispose();
    });

    it('holds the state that its formula says', () => {
      const { stateFormula, stateCase, config: schema } = optimizer;
      const config = schema.parse(testCase.config) as never;
      const run = open();
      const written = (set: readonly ParameterInfo[]) =>
        set.reduce((sum, each) => {
          const tensor = { shape: each.shape, which: stateCase?.(each, config) };
          return sum + evaluateStateFormula(stateFormula, tensor, config);
        }, 0);
      const { part, info } = run;
      const sets = part.statefulSets?.(info) ?? part.activeSets?.(info) ?? [info];
      const most = Math.max(...sets.map(written));
      expect(4 * most).toBe(part.memory(info, inFloatsOf(4)).state);
      run.dispose();
    });

    it('needs the workspace it says, to a few scalars', async () => {
      const run = open();
      const scalars = 4 * 16;
      const { workspace } = run.part.memory(run.info, inFloatsOf(4, on.engine.name));
      let most = 0;
      for (const _ of testCase.steps) most = Math.max(most, await run.step(on.engine));
      expect(most).toBeLessThanOrEqual(workspace + scalars);
      expect(most).toBeGreaterThanOrEqual(0.9 * workspace - scalars);
      run.dispose();
    });

    it('continues from stored state and values to the bit', async () => {
      const whole = open();
      const first = open();
      const half = Math.floor(testCase.steps.length / 2);
      for (let step = 0; step < half; step += 1) await first.step();
      const second = open();
      second.restore(first.stored());
      while (whole.done < testCase.steps.length) await whole.step();
      while (second.done < testCase.steps.length) await second.step();
      expect(second.stored()).toEqual(whole.stored());
      for (const run of [whole, first, second]) run.dispose();
    });

    it('leaves gradients and parameters alone', async () => {
      const run = open();
      const before = Object.fromEntries(run.info.map(({ path }) => [path, run.values(path).slice()]));
      const gradients = run.gradients();
      const active = run.active();
      const { updates, state } = await run.part.update({ ...run.input(gradients), step: 1 });
      for (const { path } of run.info) {
        expect(gradients.get(path)!.isDisposed, path).toBe(false);
        const update = updates.get(path);
        if (active.has(path)) expect(update!.shape, path).toEqual(run.parameters.get(path)!.shape);
        else expect(update, path).toBeUndefined();
        expect(run.values(path), path).toEqual(before[path]);
      }
      tf.dispose([...gradients.values(), ...updates.values()]);
      run.state = state;
      run.dispose();
    });
  });
});

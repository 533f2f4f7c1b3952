/** @file What every method must do inside a model: train, stop and go on, merge, and leave alone what is frozen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { casesOf } from '../../../test/support/full.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictMemory } from '../src/memory/predict.js';
import { type Method, placeOf } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { hiddenStates } from '../src/models/forward.js';
import { findOptimizer, methods, optimizers } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { calibrate } from '../src/training/calibrate.js';
import { restore } from '../src/training/evaluate.js';
import type { StepEvent, TrainEvent } from '../src/training/events.js';
import { inject } from '../src/training/inject.js';
import { headOf } from '../src/training/loss.js';
import { trainOptionsSchema } from '../src/training/options.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import type { TrialModel } from '../src/training/trial.js';
import { untouched } from '../src/training/untouched.js';
import { oneOfEach, optimizerCapabilitiesOf, slotsOf } from './support/capabilities.js';
import { expectClose } from './support/close.js';
import { dataFor, suitedTo, targets, tinyBase, tinyCompanions, tinyData } from './support/tiny-model.js';
import { readVector } from './support/vectors.js';

/** Half of the sides of the smallest layer: legal for every method, and small enough to be low-rank. */
const rank = 4;
const configOf = (method: Method) => method.config.parse(method.usesRank ? { rank } : {});

describe.each(['cpu', 'wasm', ...addedEngines] as const)('on %s', (backend) => {
  let engine: Engine;
  let base: LoadedBase;
  /** Values of the base on the device, before all trainings. */
  let before: Map<string, Float32Array>;
  let tensorsBefore = 0;
  beforeAll(async () => {
    engine = await openEngine(backend, engineOptions);
    tensorsBefore = tf.memory().numTensors;
    // A factor of a bias that is 0 has no gradient.
    base = tinyBase(0.001);
    before = await valuesOf(engine, base);
  });
  afterAll(() => {
    base.dispose();
    expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore);
  });

  /** Methods whose losses are to fall, which takes longer and depends on no backend: methods.backends compares losses. */
  const falling =
    backend === 'wasm' ? casesOf('losses of methods that fall', methods, oneOfEach(methods, slotsOf)) : [];
  const checkpointEvery = 2;
  /** Enough for two checkpoints and a step after them; what happens at shares of a training needs more. */
  const stepsOf = (method: Method) => {
    if (falling.includes(method)) return 26;
    return 2 * checkpointEvery + (method.rank ? 4 : 1);
  };
  const run = async (method: Method, more: Partial<TrainInput> = {}, options: object = {}) => {
    const events: TrainEvent[] = [];
    const live: number[] = [];
    const companions = tinyCompanions(method);
    const result = await train({
      ...companions.input,
      engine,
      model: base,
      method,
      config: configOf(method),
      optimizer: adamw(),
      data: dataFor(method),
      onEvent(event) {
        events.push(event);
        if (event.type === 'step') live.push(tf.memory().numTensors);
      },
      options: { ...optionsOf(method), steps: stepsOf(method), ...options },
      ...more,
    });
    companions.dispose();
    const stepped = events.filter((event): event is StepEvent => event.type === 'step');
    const checkpoints = events.flatMap((event) => (event.type === 'checkpoint' ? [event.bytes] : []));
    return { result, steps: stepped, checkpoints, live };
  };

  // Elsewhere than on wasm one method for each slot: methods.backends compares losses.
  const here = backend === 'wasm' ? methods : casesOf(`trainings on ${backend}`, methods, oneOfEach(methods, slotsOf));
  describe.each(here.map((method) => ({ name: method.name, method })))('$name', ({ method }) => {
    /** One training with checkpoints, which all tests look at, the same one again to its first checkpoint, and a trial before its first step. */
    let whole: Awaited<ReturnType<typeof run>>;
    let again: Awaited<ReturnType<typeof run>>;
    let first: TrialModel;
    beforeAll(async () => {
      whole = await run(method, {}, { checkpointEvery });
      again = await run(method, { until: checkpointEvery }, { checkpointEvery });
      first = await injected(engine, base, method);
    });
    afterAll(() => first.dispose());

    it('holds no tensor more after each step', () => {
      expect(new Set(whole.live).size, `live tensors: ${whole.live}`).toBe(1);
    });

    if (backend === 'wasm') {
      it('gives other numbers for another seed', async () => {
        const other = await run(method, {}, { seed: 6, steps: 1 });
        expect(other.steps[0]!.loss).not.toBe(whole.steps[0]!.loss);
      });
    }

    if (falling.includes(method)) {
      it('lowers the loss', () => {
        const mean = (part: StepEvent[]) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
        expect(mean(whole.steps.slice(-5))).toBeLessThan(0.95 * mean(whole.steps.slice(0, 5)));
      });
    }

    it('gives the same numbers for the same seed', () => {
      expect(asText(again.result.checkpoint)).toBe(asText(whole.checkpoints[0]));
      expect(again.steps.map(({ loss }) => loss)).toEqual(
        whole.steps.slice(0, checkpointEvery).map(({ loss }) => loss),
      );
    });

    it('goes on from a checkpoint as if it had not stopped, to the bit', async () => {
      const rest = await run(method, { resume: whole.checkpoints.at(-2)! }, { checkpointEvery });
      expect(rest.steps.length).toBeGreaterThan(checkpointEvery);
      expect(rest.steps.map(({ loss }) => loss)).toEqual(whole.steps.slice(-rest.steps.length).map(({ loss }) => loss));
      expect(asText(rest.result.adapter)).toBe(asText(whole.result.adapter));
      expect(rest.result.validation).toEqual(whole.result.validation);
      expect(rest.checkpoints.map(asText)).toEqual(whole.checkpoints.slice(-1).map(asText));
    });

    it('leaves every frozen tensor as it was, to the bit', async () => {
      const { tensors } = readAdapter(whole.result.adapter!);
      const scheduled = new Set(first.plan.adapters.filter((adapter) => adapter.scheduled).map(({ path }) => path));
      for (const [path, tensor] of first.frozen()) {
        if (scheduled.has(path)) continue;
        expect(sameBits(tensors.get(path)!.values, tensor.dataSync()), path).toBe(true);
      }
      for (const [path, tensor] of first.trained()) {
        expect(sameBits(tensors.get(path)!.values, tensor.dataSync()), `${path} was trained`).toBe(false);
      }
      const now = await valuesOf(engine, base);
      for (const [path, values] of before) expect(sameBits(now.get(path)!, values), path).toBe(true);
    });

    it('merges into plain layers with the same output and unmerges to the bit, or says that it cannot', async () => {
      // After a few steps: rounding grows with the weights, and the tolerance does not.
      const trial = restore(base, method, again.result.adapter!);
      const unmerged = output(base, trial);
      if (method.sequence) {
        expect(() => trial.merge()).toThrow(
          `${method.name} cannot be merged: it stands ${placeOf(method.sequence)} and is in no weight`,
        );
        trial.dispose();
        return;
      }
      const nonlinear = method.weight?.unmergeable?.(configOf(method));
      if (nonlinear !== undefined) {
        expect(() => trial.merge()).toThrow(`${method.name} cannot be merged: ${nonlinear}`);
        trial.dispose();
        return;
      }
      trial.merge();
      expectClose(output(base, trial), unmerged, engine.tolerance, 'merged output');
      trial.unmerge();
      expect(output(base, trial)).toEqual(unmerged);
      trial.dispose();
    });

    it('holds the bytes that are predicted from shapes', () => {
      const { ranks } = readAdapter(whole.result.adapter!);
      const predicted = predictMemory({
        model: base.config,
        method,
        config: configOf(method),
        optimizer: adamw(),
        engine: backend,
        targets,
        batchSize: optionsOf(method).batchSize,
        sequence: tinyData.train.batch([0]).sequence,
        ...headOf(dataFor(method)),
        ...tinyCompanions(method).plan,
        ...(ranks ? { ranks } : {}),
      });
      const { weights, adapters, optimizer, total } = whole.result.peak;
      expect({ weights, adapters, optimizer }).toEqual({
        weights: predicted.weights,
        adapters: predicted.adapters,
        optimizer: predicted.optimizer,
      });
      expect(Math.abs(predicted.total / total - 1), 'relative error of the peak').toBeLessThan(0.1);
    });

    it('starts at the base model where it says so', async () => {
      const bare = await injected(engine, base, untouched);
      const [started, original] = [output(base, first), output(base, bare)];
      if (method.startsAtBase) expectClose(started, original, engine.tolerance, 'output before training');
      else expect(started).not.toEqual(original);
      bare.dispose();
    });
  });

  const oneOfEachState = oneOfEach(optimizers, optimizerCapabilitiesOf);
  const configured = optimizers.flatMap((optimizer) =>
    readVector('optimizers', optimizer.name).cases.map((testCase, index) => ({
      optimizer,
      label: `${optimizer.name} #${index}`,
      isFirst: index === 0,
      part: () => optimizer.build(optimizer.config.parse(testCase.config)),
    })),
  );
  // On wasm all of them go on from a checkpoint in optimizers.training.
  const configuredHere =
    backend === 'wasm'
      ? []
      : casesOf(
          `checkpoints of optimizers on ${backend}`,
          configured,
          configured.filter(({ isFirst, optimizer }) => isFirst && oneOfEachState.includes(optimizer)),
        );
  it.each(configuredHere)('goes on from a checkpoint with $label, to the bit', async ({ part }) => {
    const options = { steps: 8, checkpointEvery: 4, learningRate: 1e-3, schedule: 'linear', batchSize: 4 };
    const method = suitedTo(part());
    const whole = await run(method, { optimizer: part() }, options);
    const rest = await run(method, { optimizer: part(), resume: whole.checkpoints[0]! }, options);
    expect(asText(rest.result.adapter)).toBe(asText(whole.result.adapter));
    expect(new Set(whole.live).size, `live tensors: ${whole.live}`).toBe(1);
  });
});

const adamw = () => findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));

/** Comparing element by element takes longer than a training. */
const sameBits = (a: ArrayBufferView, b: ArrayBufferView) =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

/** Bytes as text: comparing them element by element takes longer than a training. */
const asText = (bytes: Uint8Array | undefined) => Buffer.from(bytes!).toString('base64');

/** The options of every trial here. */
const optionsOf = (method: Method) => ({
  clipNorm: null,
  steps: 26,
  schedule: 'constant' as const,
  // Large enough that no calibration before the steps is the peak.
  batchSize: 8,
  learningRate: method.learningRates.at(-1) ?? 1e-3,
  targets,
  seed: 5,
});

/** A trial before its first step. */
async function injected(engine: Engine, base: LoadedBase, method: Method): Promise<TrialModel> {
  const config = configOf(method);
  const options = trainOptionsSchema.parse(optionsOf(method));
  const data = dataFor(method);
  const random = createRandom(options.seed);
  const found = await calibrate({ engine, model: base, method, config, data, options, random, emit: async () => {} });
  const calibration = found?.outcome === 'completed' ? found.layers : undefined;
  return inject({ base, method, config, targets, random, calibration, ...headOf(data) });
}

/** Values of a base, read back from the device. */
async function valuesOf(engine: Engine, base: LoadedBase): Promise<Map<string, Float32Array>> {
  const trial = await injected(engine, base, untouched);
  const access = trial.access();
  const values = new Map(
    trial.plan.base.map(({ path }) => [path, access.tensor(path).dataSync().slice() as Float32Array]),
  );
  trial.dispose();
  return values;
}

function output(base: LoadedBase, trial: TrialModel): Float32Array {
  const batch = tinyData.test.batch([0, 1, 2]);
  const states = tf.tidy(() => hiddenStates(base.config, batch, trial.access()));
  const values = states.dataSync().slice() as Float32Array;
  states.dispose();
  return values;
}

/** @file Training on a pruned base: what is kept, against the reference, and what of the adapter reaches the whole base. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictMemory } from '../src/memory/predict.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { layerNames } from '../src/models/config.js';
import { pruneBase, unprunable } from '../src/models/pruning.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { encodeAdapter, readAdapter } from '../src/training/adapter.js';
import { evaluate, restore } from '../src/training/evaluate.js';
import { inject } from '../src/training/inject.js';
import { objectiveOf } from '../src/training/loss.js';
import { recoverAdapter } from '../src/training/recover.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { expectClose } from './support/close.js';
import { baseOf, batchOf, hostTensors } from './support/model-case.js';
import { randomData, smallModels } from './support/small-models.js';
import { targets, tinyBase, tinyData } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';
import { readVector } from './support/vectors.js';

const pruning = methods.filter((method) => method.pruning);
const cases = pruning.flatMap((method) =>
  readVector('methods', method.name).prunings!.map((testCase, index) => ({
    method,
    part: method.pruning!,
    testCase,
    label: `${method.name} #${index}`,
  })),
);
const adamw = () => findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));

let engine: Engine;
let tensorsBefore: number;
beforeAll(async () => {
  engine = await openEngine('wasm');
  tensorsBefore = tf.memory().numTensors;
});
afterAll(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore));

describe.each(cases)('$label', ({ method, part, testCase }) => {
  const config = method.config.parse(testCase.config);
  const base = baseOf(testCase);
  const random = createRandom(0);
  const { model, kept } = pruneBase(base, { part, config, random });
  const names = layerNames(base.config);
  const lossOf = (of: LoadedBase, trial: ReturnType<typeof inject>) => {
    const { count, loss } = objectiveOf('language-modelling');
    const batch = batchOf(testCase);
    return tf.tidy(() => loss(of.config, batch, trial.access(), count(batch)).dataSync()[0]!);
  };

  it('keeps the heads and units of the reference', () => {
    const sides = Object.fromEntries(
      [...kept].map(([path, { in: inputs, out }]) => [
        path,
        { ...(inputs && { in: [...inputs] }), ...(out && { out: [...out] }) },
      ]),
    );
    expect(sides).toEqual(testCase.kept);
  });

  it('has the loss of the reference on what is left, and on the whole base after recovery', () => {
    const trial = inject({ base: model, method, config, targets: names, random });
    const shapes = new Map([...trial.trained(), ...trial.frozen()]);
    const tensors = hostTensors(testCase.tensors, shapes);
    trial.load(tensors);
    expect(Math.abs(lossOf(model, trial) - testCase.loss)).toBeLessThan(1e-5);
    trial.dispose();
    model.dispose();

    const adapter = encodeAdapter(tensors, { method: method.name, config, targets: names, seed: 0 });
    const recovered = recoverAdapter(adapter, { method, model: base.config, kept });
    const whole = restore(base, method, recovered);
    expect(Math.abs(lossOf(base, whole) - testCase.recoveredLoss)).toBeLessThan(1e-5);
    for (const [path, update] of Object.entries(testCase.update)) {
      const { lora_A: a, lora_B: b } = whole.layerTensors(path);
      const made = tf.tidy(() => tf.mul(tf.matMul(a as never, b as never), scaleOf(config)).arraySync()) as number[][];
      expectClose(made, update, 1e-5, `update of ${path}`);
      const outside = (update as number[][]).map((row, i) =>
        row.filter((value, j) => value === 0 && made[i]![j] !== 0),
      );
      expect(outside.flat(), `update of ${path} where a side was pruned`).toEqual([]);
    }
    whole.dispose();
    base.dispose();
  });
});

const scaleOf = (config: unknown) => {
  const { alpha, rank } = config as { alpha: number; rank: number };
  return alpha / rank;
};

it('reads a tensor that is still in its file once for its norms and once to prune it', () => {
  const { config, tokenizer } = tinyBase();
  const readings = new Map<string, number>();
  const values = new Map(
    [...initialValues(config, createRandom(3))].map(([path, tensor]) => {
      const inFile = {
        shape: tensor.shape,
        get values() {
          readings.set(path, (readings.get(path) ?? 0) + 1);
          return tensor.values;
        },
      };
      return [path, inFile];
    }),
  );
  const base = new LoadedBase({ config, values, tokenizer });
  const { model } = pruneBase(base, {
    part: findMethod('loram').pruning!,
    config: findMethod('loram').config.parse({ pruneRatio: 0.5 }),
    random: createRandom(0),
  });
  expect([...readings].filter(([, count]) => count > 2)).toEqual([]);
  expect(readings.size).toBe(values.size);
  model.dispose();
  base.dispose();
});

describe('training', () => {
  const options = { steps: 6, learningRate: 3e-3 };

  it('is LoRA to the bit where nothing is pruned', async () => {
    const base = tinyBase();
    const run = (method: string, config: object) =>
      trainTiny({ engine, base, method, config: { rank: 2, alpha: 4, ...config }, options });
    const lora = await run('lora', {});
    const none = await run('loram', { pruneRatio: 0 });
    expect(none.steps.map(({ loss }) => loss)).toEqual(lora.steps.map(({ loss }) => loss));
    expect(none.adapter.tensors).toEqual(lora.adapter.tensors);
    expect(none.result.validation).toEqual(lora.result.validation);
    base.dispose();
  });

  it('validates the whole base with the recovered adapter, and random groups follow from the seed', async () => {
    const base = tinyBase();
    const run = (seed: number) =>
      trainTiny({
        engine,
        base,
        method: 'loram',
        config: { rank: 2, pruneRatio: 0.5, keep: 'random' },
        options: { ...options, seed },
      });
    const { result, adapter } = await run(5);
    const scores = await evaluate({
      model: base,
      method: findMethod('loram'),
      adapter: result.adapter!,
      data: tinyData,
      split: 'validation',
      batchSize: 4,
    });
    expect(result.validation).toEqual(scores.metrics);
    const zeros = (tensors: typeof adapter.tensors) =>
      [...tensors].filter(([path]) => path.endsWith('lora_A')).map(([, { values }]) => values.map((v) => +(v === 0)));
    expect(zeros((await run(5)).adapter.tensors)).toEqual(zeros(adapter.tensors));
    expect(zeros((await run(6)).adapter.tensors)).not.toEqual(zeros(adapter.tensors));
    base.dispose();
  });

  it('holds less the more is pruned, as predicted', async () => {
    const base = tinyBase();
    const peaks: number[] = [];
    for (const pruneRatio of [0, 0.5, 0.9]) {
      const config = { rank: 2, pruneRatio };
      const { result } = await trainTiny({ engine, base, method: 'loram', config, options });
      const method = findMethod('loram');
      const predicted = predictMemory({
        model: base.config,
        method,
        config: method.config.parse(config),
        optimizer: adamw(),
        targets,
        batchSize: 4,
        sequence: 8,
      });
      expect(result.peak.weights).toBe(predicted.weights);
      expect(Math.abs(predicted.total / result.peak.total - 1)).toBeLessThan(0.1);
      peaks.push(result.peak.total);
    }
    expect(peaks[1]).toBeLessThan(peaks[0]!);
    expect(peaks[2]).toBeLessThan(peaks[1]!);
    base.dispose();
  });

  const prunable = smallModels.filter(({ model }) => unprunable(model) === undefined);
  it.each(prunable.map((setting) => ({ ...setting, name: setting.model.architecture })))(
    'runs on a pruned $name',
    async ({ model: config, ...task }) => {
      const method = findMethod('loram');
      const base = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
      const { train } = await import('../src/training/trainer.js');
      const { adapter, validation, trainableParameters } = await train({
        engine,
        model: base,
        method,
        config: { rank: 2, pruneRatio: 0.5 },
        optimizer: adamw(),
        data: randomData({ model: config, sequence: 16, ...task }),
        options: { clipNorm: null, steps: 2, batchSize: 2, learningRate: 1e-3, targets: layerNames(config) },
      });
      expect(Number.isFinite(validation!.loss)).toBe(true);
      const whole = [...readAdapter(adapter!).tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
      expect(trainableParameters).toBeLessThan(whole);
      base.dispose();
    },
  );

  it('refuses a model without heads', () => {
    const { model } = smallModels.find(({ model }) => model.architecture === 'embedding-mlp')!;
    const method = findMethod('loram');
    const plan = { model, method, config: method.config.parse({}), targets: layerNames(model) };
    const reason = 'embedding-mlp has no attention heads and feed-forward units to prune';
    expect(refusal(plan)?.reason).toBe(`loram trains on a pruned base, and ${reason}`);
    expect(() => predictMemory({ ...plan, optimizer: adamw(), batchSize: 4, sequence: 1 })).toThrow(reason);
  });
});

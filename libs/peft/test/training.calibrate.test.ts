/** @file Calibration passes: what they find, against the reference; how often they run; what they cost. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictCalibration } from '../src/memory/predict.js';
import type { Method } from '../src/method.js';
import type { Split } from '../src/objectives/data.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { allocateRanks } from '../src/training/allocate.js';
import { type Calibrated, type CalibrateInput, calibrate } from '../src/training/calibrate.js';
import { evaluate } from '../src/training/evaluate.js';
import type { TrainEvent } from '../src/training/events.js';
import { trainOptionsSchema } from '../src/training/options.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { baseOf, batchOf } from './support/model-case.js';
import { openedEngine } from './support/opened-engine.js';
import { targets, tinyBase, tinyData } from './support/tiny-model.js';
import { readVector } from './support/vectors.js';

const calibrated = methods.filter(({ calibration }) => calibration);
const cases = calibrated.flatMap((method) =>
  (readVector('methods', method.name).calibrations ?? []).map((testCase, index) => ({
    method,
    testCase,
    label: `${method.name} #${index}`,
  })),
);

const adamw = () => findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));

const unread: Split = {
  size: 8,
  batch() {
    throw new Error('a split other than that for training was read');
  },
};

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  const on = openedEngine(backend);

  it.each(cases)(
    'finds for $label what the reference finds, on the training split alone',
    async ({ method, testCase }) => {
      const model = baseOf(testCase);
      const batches = testCase.batches.map((batch) => batchOf({ batch }));
      const train: Split = { size: batches.length, batch: ([index]) => batches[index!]! };
      const found = (await calibrate({
        engine: on.engine,
        model,
        method: { ...method, calibration: (config) => ({ ...method.calibration!(config), batches: batches.length }) },
        config: method.config.parse(testCase.config ?? {}),
        data: { objective: 'language-modelling', train, validation: unread, test: unread },
        options: trainOptionsSchema.parse({ steps: 1, batchSize: 1, learningRate: 1e-3, targets: testCase.targets }),
        random: createRandom(1),
        emit: async () => {},
      })) as Calibrated;
      expect([...found.layers.keys()].sort()).toEqual(Object.keys(testCase.layers).sort());
      for (const [path, { gradient, inputs, losses }] of Object.entries(testCase.layers)) {
        const own = found.layers.get(path)!;
        if (gradient) expectClose(own.gradient!.to1DArray(), gradient, on.engine.tolerance, `gradient of ${path}`);
        if (inputs) {
          expect(own.inputs!.rows).toBe(inputs.rows);
          expectClose(own.inputs!.mean as never, inputs.mean, on.engine.tolerance, `mean into ${path}`);
          const absolute = own.inputs!.absoluteMean;
          expectClose(absolute as never, inputs.absoluteMean, on.engine.tolerance, `mean magnitude into ${path}`);
          expectClose(own.inputs!.scatter!.to1DArray(), inputs.scatter, on.engine.tolerance, `scatter into ${path}`);
        }
        expect([...(own.losses?.keys() ?? [])].map(String).sort(), `ranks of ${path}`).toEqual(
          Object.keys(losses ?? {}),
        );
        for (const [rank, loss] of own.losses ?? []) {
          expectClose([loss], [losses![rank]!], on.engine.tolerance, `loss with ${path} at rank ${rank}`);
        }
      }
      const { targets, ranks } = testCase;
      const config = method.config.parse(testCase.config ?? {});
      if (ranks)
        expect(allocateRanks({ base: model, method, config, targets, calibration: found.layers })).toEqual(ranks);
      model.dispose();
    },
  );
});

describe.each(calibrated.map((method) => ({ name: method.name, method })))('the calibration of $name', ({ method }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });
  const config = method.config.parse({ rank: 4 });
  const request = method.calibration!(config);

  const run = async (model: TrainInput['model'], options: object = {}, more: Partial<TrainInput> = {}) => {
    const events: TrainEvent[] = [];
    const result = await train({
      engine,
      model,
      method,
      config,
      optimizer: adamw(),
      data: tinyData,
      options: { clipNorm: null, steps: 4, batchSize: 4, learningRate: 1e-3, targets, ...options },
      onEvent: (event) => void events.push(event),
      ...more,
    });
    const batches = events.flatMap((event) => (event.type === 'calibration' ? [event.batch] : []));
    return { result, events, batches };
  };
  const every = Array.from({ length: request.batches }, (_, index) => index + 1);

  it('runs before the first step, and once for a base, data, seed, targets and batch size', async () => {
    const model = tinyBase();
    const first = await run(model);
    expect(first.batches).toEqual(every);
    expect(first.events.slice(0, request.batches).every(({ type }) => type === 'calibration')).toBe(true);
    const again = await run(model, { learningRate: 1e-2, steps: 3 });
    expect(again.batches).toEqual([]);
    const fresh = await run(tinyBase(), { learningRate: 1e-2, steps: 3 });
    expect(again.result.adapter, 'whether it ran or was kept').toEqual(fresh.result.adapter);
    expect(again.result.peak).toEqual(fresh.result.peak);
    for (const other of [{ seed: 1 }, { targets: ['query' as const] }, { batchSize: 2 }]) {
      expect((await run(model, other)).batches, JSON.stringify(other)).toEqual(every);
    }
    expect((await run(model, {}, { data: { ...tinyData } })).batches, 'other data').toEqual(every);
  });

  it('looks at no padding, whatever the tokens there', async () => {
    const random = createRandom(8);
    const length = 5;
    const withPadding = (token: number): TaskData => {
      const { batch, size } = tinyData.train;
      const padded: Split = {
        size,
        batch(indices) {
          const read = batch(indices);
          const inputs = read.inputs.map((own, at) => (at % read.sequence < length ? own : token));
          const targets = Int32Array.from(indices, (index) => index % 3);
          return { ...read, inputs, targets, lengths: new Int32Array(indices.length).fill(length) };
        },
      };
      return { objective: 'classification', classes: 3, train: padded, validation: unread, test: unread };
    };
    const options = trainOptionsSchema.parse({ steps: 1, batchSize: 4, learningRate: 1e-3, targets });
    const model = tinyBase();
    const found = async (token: number) => {
      const data = withPadding(token);
      const input = { engine, model, method, config, data, options, random, emit: async () => {} };
      return [...((await calibrate(input)) as Calibrated).layers].map(([path, { gradient, inputs }]) => [
        path,
        gradient?.to1DArray() ?? [inputs!.rows, ...inputs!.mean, ...inputs!.scatter!.to1DArray()],
      ]);
    };
    expect(await found(1)).toEqual(await found(2));
    model.dispose();
  });

  it('is not repeated to go on from a checkpoint, nor to evaluate the adapter elsewhere', async () => {
    const whole = await run(tinyBase(), { checkpointEvery: 2 });
    const checkpoint = whole.events.find((event) => event.type === 'checkpoint');
    const rest = await run(tinyBase(), { checkpointEvery: 2 }, { resume: checkpoint!.bytes });
    expect(rest.batches).toEqual([]);
    expect(rest.result.adapter).toEqual(whole.result.adapter);
    // Another process: a base that was never calibrated, and no training data.
    const data: TaskData = { ...tinyData, train: unread, test: unread };
    const { adapter } = whole.result;
    const { metrics } = await evaluate({
      model: tinyBase(),
      method,
      adapter: adapter!,
      data,
      split: 'validation',
      batchSize: 4,
    });
    expect(metrics).toEqual(whole.result.validation);
  });

  it('counts in the peak of the trial, and stops a trial above its budget', async () => {
    const model = tinyBase();
    const options = trainOptionsSchema.parse({ steps: 4, batchSize: 4, learningRate: 1e-3, targets });
    const input: CalibrateInput = {
      engine,
      model,
      method,
      config,
      data: tinyData,
      options,
      random: createRandom(options.seed),
      emit: async () => {},
    };
    const found = (await calibrate(input)) as Calibrated;
    expect(found.peak.adapters + found.peak.optimizer).toBe(0);
    const { result } = await run(model);
    expect(result.peak.total).toBeGreaterThanOrEqual(found.peak.total);
    const budgetBytes = found.peak.total - 1;
    const over = await run(model, {}, { budgetBytes });
    expect(over.result.outcome).toBe('over-budget');
    expect(over.result.overBudget!.bytes).toBeGreaterThan(budgetBytes);
  });

  it.each([1, 16])('holds the bytes that are predicted, with batches of %i', async (batchSize) => {
    const model = tinyBase();
    const options = trainOptionsSchema.parse({ steps: 1, batchSize, learningRate: 1e-3, targets });
    const random = createRandom(0);
    const found = (await calibrate({
      engine,
      model,
      method,
      config,
      data: tinyData,
      options,
      random,
      emit: async () => {},
    })) as Calibrated;
    const { sequence } = tinyData.train.batch([0]);
    const predicted = predictCalibration({
      model: model.config,
      method,
      config,
      targets,
      batchSize,
      sequence,
      optimizer: adamw(),
    })!;
    const total = 4 * Object.values(predicted).reduce((sum, floats) => sum + floats, 0);
    expect(Math.abs(total / found.peak.total - 1), 'relative error of the peak').toBeLessThan(0.1);
    expect(4 * predicted.weights).toBe(found.peak.weights);
    model.dispose();
  });

  it('stops where the signal says, leaves nothing behind and keeps nothing that is not whole', async () => {
    const model = tinyBase();
    const tensors = tf.memory().numTensors;
    const controller = new AbortController();
    const stopping: TrainInput['onEvent'] = (event) => {
      if (event.type === 'calibration') controller.abort();
    };
    const { result } = await run(model, {}, { signal: controller.signal, onEvent: stopping });
    expect(result).toMatchObject({ outcome: 'stopped', steps: 0 });
    expect(result.checkpoint).toBeUndefined();
    expect((await run(model)).batches).toEqual(every);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('the calibration of ASVD by sensitivity', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });
  const method = findMethod('asvd');
  const config = method.config.parse({ ratio: 0.6, rule: 'sensitivity', calibrationBatches: 2 });
  const found = (model: TrainInput['model'], batchSize: number, more: Partial<CalibrateInput> = {}) =>
    calibrate({
      engine,
      model,
      method,
      config,
      data: tinyData,
      options: trainOptionsSchema.parse({ steps: 1, batchSize, learningRate: 1e-3, targets }),
      random: createRandom(0),
      emit: async () => {},
      ...more,
    });

  it.each([1, 16])('holds the bytes that are predicted, with batches of %i', async (batchSize) => {
    const model = tinyBase();
    const { peak } = (await found(model, batchSize))!;
    const { sequence } = tinyData.train.batch([0]);
    const shapes = { model: model.config, method, config, targets, batchSize, sequence };
    const predicted = predictCalibration({ ...shapes, optimizer: adamw() })!;
    const total = 4 * Object.values(predicted).reduce((sum, floats) => sum + floats, 0);
    expect(Math.abs(total / peak.total - 1), 'relative error of the peak').toBeLessThan(0.1);
    model.dispose();
  });

  it('takes a pass for the inputs and one for each replacement, once for a configuration, and stops between', async () => {
    const model = tinyBase();
    const tensors = tf.memory().numTensors;
    const batches: number[] = [];
    const stop = new AbortController();
    const emit = async (event: TrainEvent) => void (event.type === 'calibration' && batches.push(event.batch));
    const stopping = async (event: TrainEvent) => {
      await emit(event);
      if (batches.length === 7) stop.abort();
    };
    expect((await found(model, 4, { emit: stopping, signal: stop.signal }))!.outcome).toBe('stopped');
    expect(batches).toEqual([1, 2, 1, 2, 1, 2, 1]);
    batches.length = 0;
    await found(model, 4, { emit });
    // Square kernels have rank 3 to 7 at these ratios, the four of feed-forward layers 3 to 8.
    const passes = 1 + 8 * 5 + 4 * 6;
    expect(batches).toEqual(Array.from({ length: passes }, () => [1, 2]).flat());
    expect(((await found(model, 4, { emit })) as Calibrated).reused).toBe(true);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe.each(
  calibrated.flatMap((method) => {
    const parsed = method.config.safeParse({ inputs: 'compressed' });
    return parsed.success ? [{ name: method.name, method, config: parsed.data }] : [];
  }),
)('the calibration of $name, layer after layer', ({ method, config }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });
  const found = async (model: TrainInput['model'], own: object = {}, batchSize = 4, signal?: AbortSignal) => {
    const batches: number[] = [];
    const options = trainOptionsSchema.parse({ steps: 1, batchSize, learningRate: 1e-3, targets });
    const result = await calibrate({
      engine,
      model,
      method,
      config: { ...(config as object), ...own },
      data: tinyData,
      options,
      random: createRandom(0),
      signal,
      emit: async (event) => void (event.type === 'calibration' && batches.push(event.batch)),
    });
    return { result: result as Calibrated, batches };
  };

  it('takes a pass for each input, and once for a configuration', async () => {
    const model = tinyBase();
    const { batches } = method.calibration!(config);
    const pass = Array.from({ length: batches }, (_, index) => index + 1);
    const first = await found(model);
    // Two blocks, and in each what query, key and value read, the output, and both feed-forward layers.
    expect(first.batches).toEqual(Array.from({ length: 8 }, () => pass).flat());
    expect((await found(model)).batches).toEqual([]);
    const original = await found(model, { inputs: 'original' });
    expect(original.batches).toEqual(pass);
    const scatter = ({ result }: typeof first, path: string) => result.layers.get(path)!.inputs!.scatter!.to1DArray();
    expect(scatter(first, 'blocks.0.attention.query')).toEqual(scatter(original, 'blocks.0.attention.query'));
    expect(scatter(first, 'blocks.1.mlp.fc_out')).not.toEqual(scatter(original, 'blocks.1.mlp.fc_out'));
    expect((await found(model, { calibrationBatches: 1 })).batches).toEqual(new Array(8).fill(1));
    model.dispose();
  });

  it.each([1, 16])('holds the bytes that are predicted, with batches of %i', async (batchSize) => {
    const model = tinyBase();
    const tensors = tf.memory().numTensors;
    const { result } = await found(model, {}, batchSize);
    const { sequence } = tinyData.train.batch([0]);
    const optimizer = adamw();
    const predicted = predictCalibration({
      model: model.config,
      method,
      config,
      targets,
      batchSize,
      sequence,
      optimizer,
    })!;
    const total = 4 * Object.values(predicted).reduce((sum, floats) => sum + floats, 0);
    expect(Math.abs(total / result.peak.total - 1), 'relative error of the peak').toBeLessThan(0.1);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('stops between passes and leaves nothing behind', async () => {
    const model = tinyBase();
    const tensors = tf.memory().numTensors;
    const stopped = AbortSignal.abort();
    expect((await found(model, {}, 4, stopped)).result.outcome).toBe('stopped');
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

it('has a reference for every statistic that a method of the registry asks for', () => {
  const statisticOf = (method: Method) => method.calibration!(method.config.parse({})).statistic;
  expect(new Set(cases.map(({ method }) => statisticOf(method)))).toEqual(new Set(calibrated.map(statisticOf)));
});

/** @file Trainings on packed kernels: what they compute, hold and refuse. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { casesOf } from '../../../test/support/full.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { packedDtypes } from '../src/engine/packed/registry.js';
import type { BackendName } from '../src/engine/traits.js';
import type { Method } from '../src/method.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { baseParameters, linearLayers, type ModelConfig } from '../src/models/config.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import type { PackedDtypeName } from '../src/tensor/base-dtypes.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate } from '../src/training/evaluate.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { byTurns, capabilitiesOf, oneOfEach } from './support/capabilities.js';
import { companionsOf } from './support/companions.js';
import { asManyRows, measured, nano, planOf, predicted, type Setting } from './support/peaks.js';
import { everyTarget, randomData, smallModels } from './support/small-models.js';
import { tinyData } from './support/tiny-model.js';

const names = Object.keys(packedDtypes) as PackedDtypeName[];
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const text = (bytes: Uint8Array | undefined) => createHash('sha256').update(bytes!).digest('hex');
const lora = findMethod('lora');
const llama = smallModels.find(({ model }) => model.architecture === 'llama')!.model;
const refused = (method: Method, setting: Setting, baseDtype: PackedDtypeName) =>
  refusal({ ...planOf(method, setting), optimizer: adamw, baseDtype });

const engines: readonly BackendName[] = ['wasm', ...addedEngines];
describe.each(engines)('on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
  });

  const settings = smallModels.map(({ model, ...task }): [string, Setting] => [
    model.architecture,
    { ...nano, ...task, model, dropout: 0.1, sequence: 24, ...asManyRows(model, 4 * 24) },
  ]);
  const all = settings.flatMap(([setting, given]) =>
    methods
      .map((item) => ({ item, setting, given: { ...given, targets: everyTarget(given.model, item) } }))
      // An adapter to start from is of floats here.
      .filter(({ item, given }) => !item.startsFrom && refused(item, given, 'nf4') === undefined),
  );
  const turns = byTurns(all, capabilitiesOf);
  const each = oneOfEach(turns, ({ item }) => capabilitiesOf(item));
  const chosen = name === 'wasm' ? each : each.filter((_, index) => index % 4 === 0);
  const cases = casesOf(`packed kernels, of methods by architectures on ${name}`, all, chosen).map(
    ({ item, setting, given }, index) => {
      return { label: item.name, setting, dtype: names[index % names.length]!, method: item, given };
    },
  );

  it.each(cases)(
    'a training of $label in $setting on $dtype holds what is predicted',
    async ({ method, given, dtype }) => {
      const setting: Setting = { ...given, baseDtype: dtype };
      const { peak, adapter } = await measured(engine, method, setting);
      const { ranks, info } = readAdapter(adapter!);
      expect(info.baseDtype).toBe(dtype);
      const prediction = predicted(method, { ...setting, engine: name, ...(ranks ? { ranks } : {}) });
      expect(prediction.weights).toBe(peak.weights);
      expect([prediction.adapters, prediction.optimizer]).toEqual([peak.adapters, peak.optimizer]);
      expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.05);
    },
  );

  it.each(names)('a base in %s trains LoRA as a base of the numbers that are left of it', async (baseDtype) => {
    const options = { steps: 6, batchSize: 4, learningRate: 1e-2, dropout: 0.1, targets: ['query', 'value', 'down'] };
    const run = async (values: ReturnType<typeof initialValues>, more: object) => {
      const model = new LoadedBase({ config: llama, values, tokenizer: null });
      const data = randomData({ model: llama, sequence: 24 });
      const losses: number[] = [];
      const onEvent: TrainInput['onEvent'] = (event) => {
        if (event.type === 'step') losses.push(event.loss);
      };
      const of = { engine, model, method: lora, config: {}, optimizer: adamw, data, onEvent };
      const { adapter } = await train({ ...of, options: { ...options, ...more } });
      const { metrics } = await evaluate({ model, method: lora, adapter: adapter!, data, split: 'validation' });
      model.dispose();
      return { losses, loss: metrics.loss };
    };
    const values = initialValues(llama, createRandom(1));
    const packed = await run(values, { baseDtype });
    const rounded = await run(roundedTo(baseDtype, values), {});
    const floats = await run(values, {});
    packed.losses.forEach((loss, step) => {
      expect(Math.abs(loss / rounded.losses[step]! - 1)).toBeLessThan(1e-5);
    });
    // Scored with the type that it was trained with.
    expect(Math.abs(packed.loss / rounded.loss - 1)).toBeLessThan(1e-5);
    expect(packed.losses).not.toEqual(floats.losses);
  });
});

/** The values of a model with its kernels packed and opened. */
function roundedTo(dtype: PackedDtypeName, values: ReturnType<typeof initialValues>) {
  const kernels = new Map(linearLayers(llama).map(({ path, shape }) => [`${path}.kernel`, shape]));
  return new Map(
    [...values].map(([path, tensor]) => {
      const shape = kernels.get(path);
      if (!shape) return [path, tensor];
      const turn = (from: Float32Array, rows: number, columns: number) =>
        Float32Array.from(from, (_, at) => from[(at % rows) * columns + Math.floor(at / rows)]!);
      const stored = turn(tensor.values, shape.in, shape.out);
      const opened = new Float32Array(stored.length);
      packedDtypes[dtype].open(packedDtypes[dtype].pack(stored, shape), opened, { from: 0, to: stored.length, shape });
      return [path, { ...tensor, values: turn(opened, shape.out, shape.in) }];
    }),
  );
}

describe('a packed base', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });
  const base = () => new LoadedBase({ config: llama, values: initialValues(llama, createRandom(1)), tokenizer: null });
  const training = (model: LoadedBase, options: object, more: Partial<TrainInput> = {}) =>
    train({
      ...{
        engine,
        model,
        method: lora,
        config: {},
        optimizer: adamw,
        data: tinyData,
      },
      options: { steps: 4, batchSize: 2, learningRate: 1e-2, checkpointEvery: 2, ...options },
      ...more,
    });

  it('takes the place of the floats on the device, and floats that of it', async () => {
    const tensors = tf.memory().numTensors;
    const model = base();
    const kernels = linearLayers(llama).reduce((sum, { shape }) => sum + 4 * shape.in * shape.out, 0);
    await training(model, {});
    const floats = engine.liveBytes();
    await training(model, { baseDtype: 'bfloat16' });
    expect(engine.liveBytes()).toBe(floats - kernels / 2);
    await training(model, {});
    expect(engine.liveBytes()).toBe(floats);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('gives the same bits with blocks that run again, and goes on from a checkpoint of its type alone', async () => {
    const model = base();
    let checkpoint: Uint8Array | undefined;
    const onEvent: TrainInput['onEvent'] = (event) => {
      if (event.type === 'checkpoint') checkpoint ??= event.bytes;
    };
    const whole = await training(model, { baseDtype: 'nf4' }, { onEvent });
    const again = await training(model, { baseDtype: 'nf4', checkpointing: 'block' });
    expect(text(again.adapter)).toBe(text(whole.adapter));
    const resumed = await training(model, { baseDtype: 'nf4' }, { resume: checkpoint! });
    expect(text(resumed.adapter)).toBe(text(whole.adapter));
    await expect(training(model, { baseDtype: 'int8' }, { resume: checkpoint! })).rejects.toThrow('another trial');
    await expect(training(model, {}, { start: whole.adapter! })).rejects.toThrow(
      'The adapter to start from has the baseDtype nf4, not float32',
    );
    await expect(training(model, { baseDtype: 'nf4' }, { start: whole.adapter! })).resolves.toBeDefined();
    model.dispose();
  });

  it('lowers the weights to what the parts take', () => {
    const whole = predicted(lora, nano);
    for (const dtype of names) {
      const held = predicted(lora, { ...nano, baseDtype: dtype });
      const kernels = linearLayers(nano.model).map(({ shape }) => ({
        floats: shape.in * shape.out,
        words: Object.values(packedDtypes[dtype].parts(shape)).reduce((sum, { length }) => sum + length, 0),
      }));
      expect(whole.weights - held.weights).toBe(
        4 * kernels.reduce((sum, { floats, words }) => sum + floats - words, 0),
      );
    }
    const parameters = baseParameters({ ...nano.model, kernelDtype: 'nf4' } as ModelConfig);
    expect(parameters.some(({ kind }) => kind === 'kernel')).toBe(false);
  });

  const reasons = {
    'full-ft': 'trains kernels',
    pissa: 'begins with other kernels in their place',
    dora: 'computes with kernels, not only with what comes out of them',
    'lora-sb': 'asks for the gradients of kernels',
    loram: 'takes heads and units out of kernels',
  };
  it.each(Object.entries(reasons))('is refused for %s, which %s', (name, reason) => {
    const method = findMethod(name);
    expect(refused(method, nano, 'nf4')).toEqual({
      field: 'baseDtype',
      reason: `${name} ${reason}, and nf4 packs them: take float32, or another method`,
    });
    expect(() => predicted(method, { ...nano, baseDtype: 'nf4' })).toThrow(reason);
  });

  it('refuses or takes every method with every type alike, and refuses an engine that opens none', () => {
    for (const method of methods) {
      const { plan } = companionsOf(method, { ...nano, config: method.config.parse({}) });
      const of = names.map((dtype) => refusal({ ...planOf(method, nano), ...plan, baseDtype: dtype })?.field);
      expect(new Set(of).size, method.name).toBe(1);
    }
    const onGpu = refusal({ ...planOf(lora, nano), baseDtype: 'nf4', engine: 'webgpu' });
    expect(onGpu?.reason).toContain('the engine webgpu opens none');
  });
});

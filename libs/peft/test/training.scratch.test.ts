/** @file Training that begins from random weights of the base's architecture. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { exportAdapter } from '../src/export/write.js';
import { readSafetensors } from '../src/io/safetensors.js';
import { predictPacked } from '../src/memory/packed.js';
import { predictMemory } from '../src/memory/predict.js';
import { initialValues, LoadedBase, randomBase } from '../src/models/base.js';
import { baseParameters } from '../src/models/config.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { evaluate } from '../src/training/evaluate.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { smallModels } from './support/small-models.js';
import { targets, tinyBase, tinyData } from './support/tiny-model.js';

let engine: Engine;
let base: LoadedBase;
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

const adamw = () => findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const run = (name: string, more: Partial<TrainInput> = {}, options: object = {}) =>
  train({
    engine,
    model: base,
    method: findMethod(name),
    config: {},
    optimizer: adamw(),
    data: tinyData,
    initial: 'random',
    options: {
      clipNorm: null,
      steps: 6,
      batchSize: 4,
      learningRate: 1e-2,
      targets,
      seed: 5,
      checkpointEvery: 3,
      ...options,
    },
    ...more,
  });

/** Root mean square of the entries. */
const size = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

describe('a random base', () => {
  it('follows from the seed and the architecture, whatever the weights', () => {
    const other = new LoadedBase({
      config: base.config,
      tokenizer: null,
      values: new Map(
        baseParameters(base.config).map(({ path, shape }) => [path, { ...base.host(path), shape }] as const),
      ),
    });
    const path = 'blocks.0.mlp.fc_in.kernel';
    const values = (from: LoadedBase, seed: number) => randomBase(from, seed).host(path).values;
    expect(values(other, 1)).toEqual(values(base, 1));
    expect(values(base, 2)).not.toEqual(values(base, 1));
    expect(values(base, 1)).not.toEqual(base.host(path).values);
  });

  it('has the deviations of its architecture', () => {
    const ofTransformers = smallModels.filter(({ model }) => 'heads' in model);
    const deviations = ofTransformers.map(({ model }) => {
      const values = new Map(
        baseParameters(model).map(({ path, shape }) => [
          path,
          { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
        ]),
      );
      const drawn = randomBase(new LoadedBase({ config: model, values, tokenizer: null }), 1);
      const into = baseParameters(model).find(({ path }) => /attention\.output\.kernel$/.test(path))!.path;
      const other = baseParameters(model).find(({ path }) => /attention\.query\.kernel$/.test(path))!.path;
      return {
        architecture: model.architecture,
        layers: model.layers,
        into: size(drawn.host(into).values),
        other: size(drawn.host(other).values),
      };
    });
    for (const { architecture, layers, into, other } of deviations) {
      const scaled = ['gpt2', 'vit'].includes(architecture) ? Math.sqrt(2 * layers) : 1;
      // A tenth is nine standard errors of 64 × 64 draws.
      expect(Math.abs(other / 0.02 - 1), architecture).toBeLessThan(0.1);
      expect(Math.abs((into * scaled) / 0.02 - 1), architecture).toBeLessThan(0.1);
    }
  });

  it('begins layers with ReLU so that their outputs are as large as their inputs', () => {
    const { model } = smallModels.find(({ model }) => model.architecture === 'embedding-mlp')!;
    const values = initialValues(model, createRandom(1));
    // 64 × 64 draws, and those of the largest table.
    expect(Math.abs(size(values.get('layers.1.kernel')!.values) / Math.sqrt(2 / 64) - 1)).toBeLessThan(0.1);
    expect(Math.abs(size(values.get('tables.0.kernel')!.values) / 0.05 - 1)).toBeLessThan(0.1);
    expect(values.get('layers.1.bias')!.values.every((value) => value === 0)).toBe(true);
  });
});

describe('a training from random weights', () => {
  it('has the loss of the evaluation of what it leaves, to the bit, and leaves nothing on the device', async () => {
    base.dispose();
    const before = tf.memory().numTensors;
    const { validation, adapter } = await run('lora');
    const input = { model: base, method: findMethod('lora'), adapter: adapter!, data: tinyData };
    const { metrics } = await evaluate({ ...input, split: 'validation', batchSize: 4 });
    expect(metrics).toEqual(validation);
    expect(tf.memory().numTensors).toBe(before);
    const onBase = await run('lora', { initial: 'base' });
    expect(onBase.validation!.loss).not.toBe(validation!.loss);
  });

  it('begins where every token is as likely as any other', async () => {
    const { validation } = await run('full-ft', {}, { steps: 0 });
    // Thirteen tokens, whose logits have the deviation 0.02·√16.
    expect(Math.abs(validation!.loss - Math.log(13))).toBeLessThan(0.08);
  });

  it('goes on from its checkpoint, and not from that of one on the base', async () => {
    const stored: Uint8Array[] = [];
    const onEvent: TrainInput['onEvent'] = (event) => {
      if (event.type === 'checkpoint') stored.push(event.bytes);
    };
    const whole = await run('lora', { onEvent });
    expect((await run('lora', { resume: stored[0]! })).adapter).toEqual(whole.adapter);
    await expect(run('lora', { resume: stored[0]!, initial: 'base' })).rejects.toThrow(
      'The checkpoint was taken of another trial',
    );
  });

  it('goes on from its adapter on the same random base alone', async () => {
    const { adapter, validation } = await run('lora');
    expect((await run('lora', { start: adapter! }, { steps: 0 })).validation).toEqual(validation);
    await expect(run('lora', { start: adapter! }, { seed: 6 })).rejects.toThrow(
      'The adapter to start from has the random base of seed 5, not random base of seed 6',
    );
    await expect(run('lora', { start: adapter!, initial: 'base' })).rejects.toThrow(
      'The adapter to start from has the random base of seed 5, not weights of the base',
    );
  });

  it('leaves as a whole model with the weights it drew, and as no adapter', async () => {
    const { adapter } = await run('lora', {}, { targets: ['query'] });
    const input = { model: base, method: findMethod('lora'), adapter: adapter!, baseName: 'tiny' };
    const files = await exportAdapter({ ...input, format: 'merged' });
    const { tensors } = readSafetensors(files.get('model.safetensors')!, 'model');
    expect(tensors.get('transformer.wte.weight')!.values).toEqual(randomBase(base, 5).host('embedding.tokens').values);
    await expect(exportAdapter({ ...input, format: 'peft' })).rejects.toThrow('began from random weights');
  });

  it('is predicted as it is measured, and shares no base with a pack', async () => {
    const method = findMethod('lora');
    const config = method.config.parse({});
    const shapes = { model: base.config, method, config, optimizer: adamw(), targets, batchSize: 4, sequence: 8 };
    const { peak } = await run('lora');
    const predicted = predictMemory({ ...shapes, initial: 'random' });
    expect(peak).toMatchObject({ weights: predicted.weights, adapters: predicted.adapters });
    const [random, own] = (['random', 'base'] as const).map((initial) => predictPacked({ ...shapes, initial }));
    expect(random!.resident - own!.resident).toBe(predicted.weights);
    expect(random!.peak - own!.peak).toBe(predicted.weights);
  });
});

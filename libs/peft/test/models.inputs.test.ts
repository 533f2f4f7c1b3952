/** @file What models read besides plain text: images, files with other heads, and batches that are not for them. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { firstRows } from '../src/engine/pooling.js';
import { predictMemory } from '../src/memory/predict.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { baseParameters, type ModelConfig, modelInput } from '../src/models/config.js';
import { loadBase, saveBase } from '../src/models/files.js';
import { eventLogits, headOutputs, hiddenStates, vocabularyTable } from '../src/models/forward.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { parametersOf } from '../src/models/tensors.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { inject } from '../src/training/inject.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { train } from '../src/training/trainer.js';
import { batchOf, hostTensors, readModelVector } from './support/model-vectors.js';
import { randomData, smallModels } from './support/small-models.js';

const small = (name: string) => smallModels.find(({ model }) => model.architecture === name)!;
const baseFor = (config: ModelConfig) =>
  new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
const lora = { method: findMethod('lora'), config: findMethod('lora').config.parse({}), targets: ['query'] };
const adamw = () => findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));

beforeAll(async () => {
  await openEngine('wasm');
});

describe('a file of BERT', () => {
  const [testCase] = readModelVector('bert').cases;
  const all = hostTensors(testCase!.tensors);
  const pooler = [...all.keys()].filter((name) => name.includes('pooler'));

  it('gives a head the first token where it has no pooler', () => {
    const tensors = new Map([...all].filter(([name]) => !pooler.includes(name)));
    const config = readModelConfig(testCase!.config, tensors.keys());
    expect(config).toMatchObject({ architecture: 'bert', pooler: false });
    const base = new LoadedBase({ config, values: parametersOf(config, tensors), tokenizer: null });
    const trial = inject({ base, ...lora, classes: 2, random: createRandom(1) });
    const batch = batchOf(testCase!);
    const [outputs, expected] = tf.tidy(() => {
      const head = trial.access().tensor('head.kernel') as ReturnType<typeof tf.tensor2d>;
      const first = firstRows(hiddenStates(config, batch, trial.access()), batch.size);
      return [headOutputs(config, batch, trial.access()), tf.matMul(first, head)].map((t) => Array.from(t.dataSync()));
    }) as unknown as number[][];
    // The bias of a new head is zero.
    expect(outputs).toEqual(expected);
    trial.dispose();
    base.dispose();
  });

  it('may hold the heads of other tasks', () => {
    const bias = { shape: [11], values: new Float32Array(11) };
    const tensors = new Map([...all, ['cls.predictions.bias', bias], ['classifier.bias', bias]]);
    const config = readModelConfig(testCase!.config, tensors.keys());
    expect([...parametersOf(config, tensors).keys()]).toEqual(baseParameters(config).map(({ path }) => path));
    expect(pooler).toHaveLength(2);
  });
});

describe('a model that reads images', () => {
  const { model } = small('vit');
  const batch = { size: 2, sequence: 0, inputs: new Int32Array(), lengths: new Int32Array(2) };

  it('is a folder without a tokenizer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vit-'));
    const base = baseFor(model);
    const values = new Map(baseParameters(model).map(({ path }) => [path, base.host(path)]));
    await saveBase(folder, { config: model, values, tokenizer: null });
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    const loaded = await loadBase(folder);
    expect(loaded.config).toEqual(model);
    expect(modelInput(loaded.config)).toEqual({ kind: 'image', height: 28, width: 28, channels: 1 });
    expect(loaded.host('embedding.class').values).toEqual(base.host('embedding.class').values);
    await rm(folder, { recursive: true });
  });

  it('learns to tell bright images from dark ones', async () => {
    const base = baseFor(model);
    const data = randomData({ model, classes: 2, sequence: 0 });
    const brightness = (label: number) => 0.2 + 0.6 * label;
    const split = {
      size: 8,
      batch: (indices: readonly number[]) => ({
        ...data.train.batch(indices),
        targets: Int32Array.from(indices, (index) => index % 2),
        pixels: Float32Array.from({ length: indices.length * 28 * 28 }, (_, at) =>
          brightness(indices[Math.floor(at / 784)]! % 2),
        ),
      }),
    };
    const { validation } = await train({
      engine: await openEngine('wasm'),
      model: base,
      method: lora.method,
      config: {},
      optimizer: adamw(),
      data: { ...data, train: split, validation: split, test: split },
      options: { clipNorm: null, steps: 12, batchSize: 8, learningRate: 1e-2, targets: ['query', 'value'] },
    });
    expect(validation).toMatchObject({ accuracy: 1 });
    base.dispose();
  });

  it.each([
    ['no pixels', {}, /images of 28 × 28 pixels in 1 channels, 1568 numbers for 2; the batch holds none/],
    ['images of another size', { pixels: new Float32Array(2 * 32 * 32) }, /1568 numbers for 2; the batch holds 2048/],
  ])('refuses a batch with %s', (_, given, message) => {
    const base = baseFor(model);
    const trial = inject({ base, ...lora, classes: 3, random: createRandom(1) });
    expect(() => tf.tidy(() => headOutputs(model, { ...batch, ...given }, trial.access()))).toThrow(message);
    trial.dispose();
    base.dispose();
  });

  it('refuses what stands before the tokens of a text', () => {
    const method = findMethod('prompt-tuning');
    const plan = { model, method, config: method.config.parse({}), targets: ['query'], classes: 3 };
    expect(refusal(plan)?.reason).toBe(
      'prompt-tuning stands before the tokens of a text, and the base model reads images',
    );
  });
});

describe('a model that reads fields', () => {
  const { model } = small('embedding-mlp');
  const bare = { size: 2, sequence: 0, inputs: new Int32Array(), lengths: new Int32Array(2) };
  const event = { ...lora, targets: ['fc_1'] };

  it('is a folder without a tokenizer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fields-'));
    const base = baseFor(model);
    const values = new Map(baseParameters(model).map(({ path }) => [path, base.host(path)]));
    await saveBase(folder, { config: model, values, tokenizer: null });
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    const loaded = await loadBase(folder);
    expect(loaded.config).toEqual(model);
    expect(modelInput(loaded.config)).toEqual({ kind: 'fields', cardinalities: [6000, 600, 200, 60] });
    expect(loaded.host('tables.2.kernel').values).toEqual(base.host('tables.2.kernel').values);
    await rm(folder, { recursive: true });
  });

  it('learns which ids something happens with', async () => {
    const base = baseFor(model);
    const data = randomData({ model, sequence: 0 });
    const split = {
      size: 64,
      batch: (indices: readonly number[]) => ({
        ...data.train.batch(indices),
        fields: Int32Array.from(indices.flatMap((index) => [index % 4, index % 3, 0, 0])),
        targets: Int32Array.from(indices, (index) => Number(index % 4 === index % 3)),
      }),
    };
    const { validation } = await train({
      engine: await openEngine('wasm'),
      model: base,
      method: findMethod('full-ft'),
      config: {},
      optimizer: adamw(),
      data: { ...data, train: split, validation: split, test: split },
      options: { clipNorm: null, steps: 80, batchSize: 32, learningRate: 1e-2, targets: ['fc_1'] },
    });
    expect(validation!.auc).toBe(1);
    expect(validation!.logLoss).toBe(validation!.loss);
    expect(validation!.logLoss).toBeLessThan(0.1);
    base.dispose();
  });

  it.each([
    ['no fields', {}, /reads 4 fields, 8 ids for 2; the batch holds none/],
    ['another number of fields', { fields: new Int32Array(6) }, /reads 4 fields, 8 ids for 2; the batch holds 6/],
    [
      'an id that a field does not have',
      { fields: Int32Array.of(0, 0, 0, 59, 5999, 600, 0, 0) },
      /Field 1 has the ids 0 to 599; the batch holds 600/,
    ],
  ])('refuses a batch with %s', (_, given, message) => {
    const base = baseFor(model);
    const trial = inject({ base, ...event, random: createRandom(1) });
    expect(() => tf.tidy(() => eventLogits(model, { ...bare, ...given }, trial.access()))).toThrow(message);
    trial.dispose();
    base.dispose();
  });

  it('refuses what needs tokens, a distribution or a head', () => {
    const reason = (name: string) => {
      const method = findMethod(name);
      return refusal({ model, method, config: method.config.parse({}), targets: ['fc_1'] })?.reason;
    };
    expect(reason('prompt-tuning')).toBe(
      'prompt-tuning stands before the tokens of a text, and the base model reads fields',
    );
    expect(reason('ba-lora')).toMatch('outputs over classes or tokens');
    expect(reason('linear-probe')).toBe(
      'linear-probe trains nothing on an event: choose a classification task or another method',
    );
  });

  it('is the only kind that predicts an event', () => {
    const base = baseFor(small('vit').model);
    const trial = inject({ base, ...lora, classes: 3, random: createRandom(1) });
    expect(() => eventLogits(base.config, bare, trial.access())).toThrow('vit predicts no event');
    trial.dispose();
    base.dispose();
  });
});

describe.each(['bert', 'roberta', 'vit'])('%s', (name) => {
  const { model } = small(name);

  it('has no next token to predict', () => {
    const reason = `${name} predicts no next token: choose a task with classes or numbers, or another base`;
    expect(refusal({ model, ...lora })?.reason).toBe(reason);
    expect(() => predictMemory({ model, ...lora, optimizer: adamw(), batchSize: 1, sequence: 8 })).toThrow(reason);
    expect(() =>
      vocabularyTable(model, { tensor: () => tf.scalar(0), linear: (_, x) => x, lookup: () => tf.zeros([1, 1]) }),
    ).toThrow(`${name} predicts no next token`);
  });
});

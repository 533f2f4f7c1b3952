/** @file Adapters merged into their base: the kernels, the tokens that the configuration names, and the head. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { mergedBase } from '../src/export/merged-base.js';
import { importAdapter } from '../src/export/read.js';
import { exportAdapter, exportBase, exportedFiles } from '../src/export/write.js';
import { readSafetensors } from '../src/io/safetensors.js';
import type { HostTensor } from '../src/method.js';
import { initialValues, LoadedBase, randomBase } from '../src/models/base.js';
import { baseParameters, linearLayers, type ModelConfig } from '../src/models/config.js';
import { readModelConfig, writeModelConfig } from '../src/models/huggingface.js';
import { parametersOf } from '../src/models/tensors.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { requireWritable } from '../src/training/file-sizes.js';
import { train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { randomData, smallModels } from './support/small-models.js';

const lora = findMethod('lora');
const adamw = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
const modelOf = (architecture: string) => smallModels.find(({ model }) => model.architecture === architecture)!;

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const loaded = (config: ModelConfig, configJson?: unknown) =>
  new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null, configJson });

async function trained(model: LoadedBase, targets: string[], more: { classes?: number; baseDtype?: 'nf4' } = {}) {
  const { classes, ...options } = more;
  const { adapter } = await train({
    engine,
    model,
    method: lora,
    config: { rank: 4, alpha: 8 },
    optimizer: adamw,
    data: randomData({ model: model.config, sequence: 8, ...(classes === undefined ? {} : { classes }) }),
    options: { steps: 2, batchSize: 2, learningRate: 1e-2, targets, ...options },
  });
  return adapter!;
}

const jsonOf = (files: ReadonlyMap<string, Uint8Array>, name: string) =>
  JSON.parse(Buffer.from(files.get(name)!).toString()) as Record<string, unknown>;

const tensorsOf = (files: ReadonlyMap<string, Uint8Array>, name = 'model.safetensors') =>
  readSafetensors(files.get(name)!, name);

const matrix = ({ shape, values }: HostTensor) => Matrix.from1DArray(shape[0]!, shape[1]!, values);

it('adds the update to the own values of a base whose kernels were packed in training', async () => {
  const { model: config } = modelOf('llama');
  const base = loaded(config);
  const adapter = await trained(base, ['query', 'down'], { baseDtype: 'nf4' });
  const { info, tensors } = readAdapter(adapter);
  expect(info.baseDtype).toBe('nf4');
  const files = await exportAdapter({ model: base, method: lora, adapter, format: 'merged', baseName: 'tiny' });
  const written = parametersOf(config, tensorsOf(files).tensors);
  const before = new Map(baseParameters(config).map(({ path }) => [path, base.host(path)]));
  const next = await mergedBase(base, lora, adapter);
  const carried = linearLayers(config).filter(({ name }) => info.targets.includes(name));
  expect(carried).toHaveLength(4);
  const kernels = new Set(carried.map(({ path }) => `${path}.kernel`));
  for (const { path } of carried) {
    const kernel = matrix(before.get(`${path}.kernel`)!);
    const [a, b] = ['lora_A', 'lora_B'].map((name) => matrix(tensors.get(`${path}.${name}`)!));
    const whole = Matrix.add(kernel, a!.mmul(b!).mul(2)).to1DArray();
    expectClose(written.get(`${path}.kernel`)!.values, whole, 1e-6, path);
    expectClose(next.host(`${path}.kernel`).values, whole, 1e-6, path);
  }
  for (const { path } of baseParameters(config).filter(({ path }) => !kernels.has(path))) {
    const bits = (values: ReadonlyMap<string, HostTensor>) => Buffer.from(values.get(path)!.values.buffer);
    expect(bits(written).equals(bits(before)), path).toBe(true);
    expect(next.host(path), path).toBe(before.get(path));
  }
  base.dispose();
  next.dispose();
});

describe('the tokens that a configuration names', () => {
  const { model: config } = modelOf('llama');
  const named = { bos_token_id: 1, eos_token_id: [2, 7], pad_token_id: null };
  const base = loaded(config, { ...writeModelConfig(config), ...named, use_cache: true });

  it('stay with the model that is written, and no other field does', () => {
    expect(jsonOf(exportBase(base), 'config.json')).toEqual({ ...writeModelConfig(config), ...named });
    expect(readModelConfig(jsonOf(exportBase(base), 'config.json'))).toEqual(config);
    expect(jsonOf(exportBase(randomBase(base, 3)), 'config.json')).toMatchObject(named);
  });

  it('stay with a base that an adapter was merged into', async () => {
    const next = await mergedBase(base, lora, await trained(base, ['query']));
    expect(jsonOf(exportBase(next), 'config.json')).toMatchObject(named);
    next.dispose();
  });

  it('give way to a field that the architecture writes itself', () => {
    const { model: roberta } = modelOf('roberta');
    const other = loaded(roberta, { eos_token_id: 2, pad_token_id: 9 });
    expect(jsonOf(exportBase(other), 'config.json')).toMatchObject({ eos_token_id: 2, pad_token_id: 1 });
  });

  it('stay absent where the configuration named none', () => {
    for (const configJson of [undefined, null, { hidden_size: 4 }]) {
      expect(jsonOf(exportBase(loaded(config, configJson)), 'config.json')).toEqual(writeModelConfig(config));
    }
  });
});

describe('the head of an encoder', () => {
  const { model: whole, classes } = modelOf('bert');
  const config = { ...whole, pooler: false } as ModelConfig;
  const exported = async (model: ModelConfig, format: 'merged' | 'peft') => {
    const base = loaded(model);
    const adapter = await trained(base, ['query'], { classes: classes! });
    const files = await exportAdapter({ model: base, method: lora, adapter, format, baseName: 'tiny' });
    base.dispose();
    return { files, head: readAdapter(adapter).tensors };
  };

  it.each(['merged', 'peft'] as const)(
    'travels in a file of its own without a pooler, as %s: transformers would draw one before its classifier',
    async (format) => {
      const { files, head } = await exported(config, format);
      const { tensors, metadata } = tensorsOf(files, 'classification_head.safetensors');
      expect(metadata).toEqual({ format: 'pt', pooling: 'first' });
      expect(tensors.get('bias')).toEqual(head.get('head.bias'));
      expect(matrix(tensors.get('weight')!).transpose().to1DArray()).toEqual([...head.get('head.kernel')!.values]);
      const model = format === 'merged' ? 'model.safetensors' : 'adapter_model.safetensors';
      expect([...tensorsOf(files, model).tensors.keys()].filter((name) => /classifier|pooler/.test(name))).toEqual([]);
      if (format === 'peft') {
        const settings = jsonOf(files, 'adapter_config.json');
        expect(settings).toMatchObject({ modules_to_save: null, task_type: null });
        const read = { config: settings, tensors: tensorsOf(files, model).tensors, head: tensors };
        const back = readAdapter(importAdapter({ model: config, ...read }).adapter).tensors;
        expect(back.get('head.kernel')).toEqual(head.get('head.kernel'));
      } else {
        expect(jsonOf(files, 'config.json')).toMatchObject({ architectures: ['BertModel'] });
        expect(jsonOf(files, 'config.json')).not.toHaveProperty('num_labels');
      }
    },
  );

  it('goes into the model where transformers computes it as we do', async () => {
    const roberta = await exported(modelOf('roberta').model, 'merged');
    const bert = await exported(whole, 'merged');
    const named = ({ files }: typeof bert) =>
      [...tensorsOf(files).tensors.keys()].filter((name) => /^class/.test(name));
    expect(named(bert)).toEqual(['classifier.weight', 'classifier.bias']);
    expect(jsonOf(bert.files, 'config.json').architectures).toEqual(['BertForSequenceClassification']);
    // Its dense layer is what a pooler is elsewhere, and the class draws none.
    expect(named(roberta).toSorted()).toEqual([
      'classifier.dense.bias',
      'classifier.dense.weight',
      'classifier.out_proj.bias',
      'classifier.out_proj.weight',
    ]);
    for (const { files } of [bert, roberta]) expect(files.has('classification_head.safetensors')).toBe(false);
  });

  it('says that a decoder takes the mean', async () => {
    const { files } = await exported(modelOf('llama').model, 'merged');
    expect(tensorsOf(files, 'classification_head.safetensors').metadata).toEqual({ format: 'pt', pooling: 'mean' });
  });
});

describe('files that are large', () => {
  it('come in pieces where they hold a model: a header, then each tensor', async () => {
    const { model: config } = modelOf('llama');
    const base = loaded(config);
    const input = { model: base, method: lora, adapter: await trained(base, ['query']), baseName: 'tiny' };
    const pieces = [...((await exportedFiles({ ...input, format: 'merged' })).get('model.safetensors') as never)];
    const bytes = (await exportAdapter({ ...input, format: 'merged' })).get('model.safetensors')!;
    expect(pieces).toHaveLength(1 + readSafetensors(bytes, 'whole').tensors.size);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    base.dispose();
  });

  it('fail a plan as an adapter or a checkpoint, each by its own size', () => {
    // No values: only shapes are read.
    const part = (bytes: number) => ({ shape: [bytes / 4] }) as tfjs.Tensor;
    const none = () => new Map();
    const most = 2 ** 31 - 4;
    const refused = (trained: number, kept: number, checkpointEvery?: number) => () => {
      const trial = { trained: () => new Map([['w', part(trained)]]), frozen: none, first: none, reference: none };
      const state = { optimizer: { m: part(kept), v: part(kept) }, rank: {} };
      requireWritable({ ...trial, fixed: undefined }, state, { steps: 10, checkpointEvery });
    };
    expect(refused(most, most)).not.toThrow();
    expect(refused(most, 0, 5)).not.toThrow();
    expect(refused(most + 4, 0)).toThrow(`The adapter of this training takes ${2 ** 31} bytes`);
    expect(refused(most, 4, 10)).not.toThrow();
    expect(refused(most, 4, 5)).toThrow(
      `A checkpoint of this training takes ${most + 8} bytes, and a file of it may have ${2 ** 31 - 1}, which Node.js hashes ` +
        'and reads at once: set checkpointEvery to the 10 steps to go without, or train fewer weights',
    );
  });

  it('fail a training before its first step, which leaves nothing on the device', async () => {
    const base = loaded(modelOf('llama').model);
    const options = { steps: 2, batchSize: 2, learningRate: 1e-2, targets: ['query'], checkpointEvery: 1 };
    const data = randomData({ model: base.config, sequence: 8 });
    // State of which only the shape is large: 4 GiB of it, beside two layers of 64 → 64 at rank 8.
    const optimizer = { ...adamw, init: () => ({ 'w/m': { shape: [2 ** 30] } as tfjs.Tensor }) };
    const tensors = tf.memory().numTensors;
    const training = train({ engine, model: base, method: lora, config: {}, optimizer, data, options });
    await expect(training).rejects.toThrow(`A checkpoint of this training takes ${2 ** 32 + 4 * 2 * 2 * 64 * 8} bytes`);
    base.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

/** @file Heads in exported files: numbers leave in their own unit and come back in that of the data, classes leave with their names. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { importAdapter } from '../src/export/read.js';
import { exportAdapter } from '../src/export/write.js';
import { readSafetensors, writeSafetensors } from '../src/io/safetensors.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import type { Split } from '../src/objectives/data.js';
import type { ObjectiveName } from '../src/objectives/registry.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate } from '../src/training/evaluate.js';
import { countFlips } from '../src/training/flips.js';
import { train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { smallModels } from './support/small-models.js';

const lora = findMethod('lora');
const adamw = findOptimizer('adamw');
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('cpu');
});

const baseOf = (architecture: string) => {
  const { model: config } = smallModels.find(({ model }) => model.architecture === architecture)!;
  return new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
};

/** Eight texts whose numbers, in the unit of the data, are −1 … 1. */
const standard = (index: number) => (2 * index) / 7 - 1;
const inputs = (indices: readonly number[]) => ({
  size: indices.length,
  sequence: 4,
  inputs: Int32Array.from(indices.flatMap((index) => [7 * index + 3, 5, 6, 9])),
  lengths: new Int32Array(indices.length).fill(4),
});
const numbered: Split = {
  size: 8,
  batch: (indices) => ({
    ...inputs(indices),
    targets: new Int32Array(0),
    values: Float32Array.from(indices, standard),
  }),
};
const labelled: Split = {
  size: 8,
  batch: (indices) => ({ ...inputs(indices), targets: Int32Array.from(indices, (index) => index % 3) }),
};
const dataOf = (objective: ObjectiveName, split: Split, facts: Partial<TaskData>): TaskData => ({
  objective,
  ...facts,
  train: split,
  validation: split,
  test: split,
});

const unit = { mean: 250, deviation: 40 };
const other = { mean: -3, deviation: 0.5 };

async function training(model: LoadedBase, data: TaskData, start?: Uint8Array) {
  const { adapter, validation } = await train({
    engine,
    model,
    method: lora,
    config: { rank: 2 },
    optimizer: adamw.build(adamw.config.parse({})),
    data,
    options: { steps: start ? 0 : 4, batchSize: 4, learningRate: 0.01, targets: ['query'] },
    ...(start && { start }),
  });
  return { adapter: adapter!, validation: validation! };
}

const jsonOf = (files: ReadonlyMap<string, Uint8Array>, name: string) =>
  JSON.parse(Buffer.from(files.get(name)!).toString()) as unknown;

/** The files as peft has them, read again. */
function readBack(model: LoadedBase, files: ReadonlyMap<string, Uint8Array>, more: Record<string, string> = {}) {
  const { tensors, metadata } = readSafetensors(files.get('adapter_model.safetensors')!, 'adapter_model.safetensors');
  const beside = files.get('classification_head.safetensors');
  return importAdapter({
    model: model.config,
    config: jsonOf(files, 'adapter_config.json'),
    tensors,
    metadata: { ...metadata, ...more },
    ...(beside && { head: readSafetensors(beside, 'head').tensors }),
  }).adapter;
}

const predictions = async (model: LoadedBase, adapter: Uint8Array, data: TaskData) => {
  const { columns } = await evaluate({ model, method: lora, adapter, data, split: 'test' });
  return Array.from(columns.prediction!);
};

describe.each(['bert', 'roberta', 'llama'])('a head of numbers on %s', (architecture) => {
  const data = dataOf('regression', numbered, { unit });
  /** Data that says of no unit takes outputs for the numbers themselves, as Python does. */
  const plain = dataOf('regression', numbered, {});

  it('answers with the numbers themselves where it leaves, and is scored alike where it comes back', async () => {
    const model = baseOf(architecture);
    const { adapter, validation } = await training(model, data);
    expect(readAdapter(adapter).info).toMatchObject({ objective: 'regression', unit });
    const expected = await predictions(model, adapter, data);
    expect(Math.min(...expected)).toBeGreaterThan(100);
    const files = await exportAdapter({ model, method: lora, adapter, format: 'peft', baseName: 'tiny' });
    expect(Buffer.from(files.get('README.md')!).toString()).toContain('a mean of 250 and a deviation of 40');
    const back = readBack(model, files);
    expectClose(await predictions(model, back, plain), expected, 1e-5, 'outputs');
    expectClose(await predictions(model, back, data), expected, 1e-5, 'on its data');
    // The same numbers are predicted in another unit.
    expectClose(
      await predictions(model, back, dataOf('regression', numbered, { unit: other })),
      expected,
      1e-5,
      'other',
    );

    const again = await training(model, data, back);
    expect(again.validation.rmse).toBeCloseTo(validation.rmse!, 3);
    expect(readAdapter(again.adapter).info.unit).toEqual(unit);
    for (const path of ['head.kernel', 'head.bias']) {
      const [own, was] = [again.adapter, adapter].map((file) => readAdapter(file).tensors.get(path)!.values);
      // The bias lay beside the mean in float32 on the way: half of its last place is 1.5e-5, over a deviation of 40.
      expectClose(own!, was!, 1e-4, path);
    }
    model.dispose();
  });

  it('gets the weight and bias times the deviation, and the mean in the bias, in the merged model too', async () => {
    const model = baseOf(architecture);
    const { adapter } = await training(model, data);
    const { tensors } = readAdapter(adapter);
    const files = await exportAdapter({ model, method: lora, adapter, format: 'merged', baseName: 'tiny' });
    const beside = files.get('classification_head.safetensors');
    const written = readSafetensors(beside ?? files.get('model.safetensors')!, 'written').tensors;
    const [weight, bias] = { bert: bertNames, roberta: robertaNames, llama: ['weight', 'bias'] }[architecture]!;
    const scaled = tensors.get('head.kernel')!.values.map((value) => value * 40);
    expectClose(written.get(weight!)!.values, scaled, 1e-6, 'weight');
    expectClose(written.get(bias!)!.values, [tensors.get('head.bias')!.values[0]! * 40 + 250], 1e-6, 'bias');
    if (beside === undefined)
      expect(jsonOf(files, 'config.json')).toMatchObject({ num_labels: 1, problem_type: 'regression' });
    model.dispose();
  });
});
const bertNames = ['classifier.weight', 'classifier.bias'];
const robertaNames = ['classifier.out_proj.weight', 'classifier.out_proj.bias'];

it('leaves the quantiles of a number in its own unit too', async () => {
  const model = baseOf('bert');
  const { adapter } = await training(model, dataOf('regression-quantile', numbered, { unit }));
  const files = await exportAdapter({ model, method: lora, adapter, format: 'merged', baseName: 'tiny' });
  const { tensors } = readSafetensors(files.get('model.safetensors')!, 'model');
  const own = Array.from(readAdapter(adapter).tensors.get('head.bias')!.values, (value) => value * 40 + 250);
  expectClose(tensors.get('classifier.bias')!.values, own, 1e-6, 'bias');
  expect(own).toHaveLength(3);
  model.dispose();
});

it('says that nobody knows the unit of an adapter of an earlier version, and reads it as it was', async () => {
  const model = baseOf('bert');
  const data = dataOf('regression', numbered, { unit });
  const { adapter } = await training(model, data);
  const { tensors, metadata } = readSafetensors(adapter, 'adapter');
  const { unit: _, objective: __, ...info } = JSON.parse(metadata.trial!);
  const earlier = writeSafetensors(tensors, { ...metadata, trial: JSON.stringify(info) });
  const files = await exportAdapter({ model, method: lora, adapter: earlier, format: 'peft', baseName: 'tiny' });
  expect(Buffer.from(files.get('README.md')!).toString()).toContain('multiply its answers by the deviation');
  const expected = await predictions(model, adapter, data);
  expect(await predictions(model, readBack(model, files), data)).toEqual(expected);
  expect(await predictions(model, earlier, data)).toEqual(expected);
  model.dispose();
});

describe('a head of classes', () => {
  const labels = ['low', 'mid, "odd"', 'hoch'];
  const data = dataOf('classification', labelled, { classes: 3, labels });

  it('leaves with their names, in the configuration of a merged model too, and comes back with them', async () => {
    const model = baseOf('bert');
    const { adapter } = await training(model, data);
    expect(readAdapter(adapter).info).toMatchObject({ objective: 'classification', labels });
    const asked = { model, method: lora, adapter, baseName: 'tiny' };
    const merged = await exportAdapter({ ...asked, format: 'merged' });
    expect(jsonOf(merged, 'labels.json')).toEqual(labels);
    expect(jsonOf(merged, 'config.json')).toMatchObject({
      id2label: { 0: 'low', 1: 'mid, "odd"', 2: 'hoch' },
      label2id: { low: 0, 'mid, "odd"': 1, hoch: 2 },
    });
    const files = await exportAdapter({ ...asked, format: 'peft', baseRevision: 'c0ffee' });
    expect(jsonOf(files, 'labels.json')).toEqual(labels);
    expect(jsonOf(files, 'adapter_config.json')).toMatchObject({ base_model_name_or_path: 'tiny', revision: 'c0ffee' });
    expect(readAdapter(readBack(model, files)).info.labels).toEqual(labels);
    expect(() => readBack(model, files, { labels: '["one"]' })).toThrow(
      'adapter_model.safetensors: metadata field labels: expected a list of 3 names, one for each answer of the head',
    );
    model.dispose();
  });

  it('gets no names where the data has none', async () => {
    const model = baseOf('bert');
    const { adapter } = await training(model, dataOf('classification', labelled, { classes: 3 }));
    const files = await exportAdapter({ model, method: lora, adapter, format: 'merged', baseName: 'tiny' });
    expect(files.has('labels.json')).toBe(false);
    expect(jsonOf(files, 'config.json')).toMatchObject({ num_labels: 3 });
    expect(jsonOf(files, 'config.json')).not.toHaveProperty('id2label');
    model.dispose();
  });

  /** The same examples of the same classes, whose ids follow another order of their names. */
  const reordered = (names: string[]) => {
    const ids = labels.map((name) => names.indexOf(name));
    const batch: Split['batch'] = (indices) => ({
      ...inputs(indices),
      targets: Int32Array.from(indices, (index) => ids[index % 3]!),
    });
    return dataOf('classification', { size: 8, batch }, { classes: 3, labels: names });
  };

  it('answers by name on data that has the classes in another order', async () => {
    const model = baseOf('bert');
    const { adapter, validation } = await training(model, data);
    const others = reordered(['hoch', 'low', 'mid, "odd"']);
    const scored = { model, method: lora, split: 'test' as const };
    const own = await evaluate({ ...scored, adapter, data });
    const other = await evaluate({ ...scored, adapter, data: others });
    expect(other.metrics).toEqual(own.metrics);
    const again = await training(model, others, adapter);
    expect(again.validation).toEqual(validation);
    const [was, is] = [adapter, again.adapter].map((file) => readAdapter(file));
    expect(is!.info.labels).toEqual(['hoch', 'low', 'mid, "odd"']);
    const [low, mid, high] = was!.tensors.get('head.bias')!.values;
    expect([...is!.tensors.get('head.bias')!.values]).toEqual([high, low, mid]);
    // The teacher and the model are one, so no answer flips.
    const flips = await countFlips({ ...scored, adapter, data: others }, { model, method: lora, adapter });
    expect(flips).toMatchObject({ before: own.metrics.accuracy, negative: 0, positive: 0 });
    model.dispose();
  });

  it('answers by place where the data names other classes', async () => {
    const model = baseOf('bert');
    const { adapter } = await training(model, data);
    const foreign = dataOf('classification', labelled, { classes: 3, labels: ['hoch', 'low', 'else'] });
    const again = await training(model, foreign, adapter);
    const [was, is] = [adapter, again.adapter].map((file) => readAdapter(file).tensors.get('head.bias'));
    expect(is).toEqual(was);
    model.dispose();
  });
});

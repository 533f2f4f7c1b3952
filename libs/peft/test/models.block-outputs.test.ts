/** @file What blocks put out, in every architecture. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { openEngine } from '../src/engine/engine.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { layerNames } from '../src/models/config.js';
import { blockOutputs, hiddenStates, type ModelAccess } from '../src/models/forward.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { inject } from '../src/training/inject.js';
import { expectClose, relativeError } from './support/close.js';
import { featuresOf, pela, stepOf } from './support/features.js';
import { everyTarget, randomData, smallModels } from './support/small-models.js';

describe.each(smallModels)('in $model.architecture', ({ model, ...task }) => {
  const data: TaskData = randomData({ model, sequence: 12, lengths: [12, 7], ...task });
  const batch = data.train.batch([0, 1, 2, 3]);
  const full = findMethod('full-ft');
  let base: LoadedBase;
  let outputs: (of: LoadedBase) => Float32Array[];
  beforeAll(async () => {
    await openEngine('wasm');
    base = new LoadedBase({ config: model, values: initialValues(model, createRandom(1)), tokenizer: null });
    outputs = (of) => {
      const trial = inject({
        base: of,
        method: full,
        config: full.config.parse({}),
        targets: layerNames(model),
        random: createRandom(1),
        ...task,
      });
      const made = blockOutputs(model, batch, trial.access());
      const read = made.map((tensor) => tensor.dataSync() as Float32Array);
      tf.dispose(made);
      trial.dispose();
      return read;
    };
  });
  afterAll(() => base.dispose());

  it('there is an output of every block, which later blocks do not change and earlier ones do', () => {
    const before = outputs(base);
    expect(before.length).toBe(model.layers);
    for (let block = 0; block < model.layers; block++) {
      const values = initialValues(model, createRandom(1));
      const path = [...values.keys()].find((each) => new RegExp(`^(blocks|layers)\\.${block}\\..*kernel$`).test(each))!;
      values.get(path)!.values.forEach((value, index, kernel) => {
        kernel[index] = value + 0.1;
      });
      const changed = new LoadedBase({ config: model, values, tokenizer: null });
      const same = outputs(changed).map((output, index) => relativeError(output, before[index]!) === 0);
      expect(same, path).toEqual(before.map((_, index) => index < block));
      changed.dispose();
    }
  });

  it('a trial is compared with the base, from the first block to the last', () => {
    const of = everyTarget(model, pela);
    const objective = data.objective;
    const { trial, input } = stepOf({ base, batches: [batch], of, objective, ...task });
    const original = blockOutputs(model, batch, trial.original());
    const expected = outputs(base);
    original.forEach((tensor, block) => {
      expectClose(tensor.dataSync() as Float32Array, expected[block]!, 1e-5, `block ${block}`);
    });
    // By hand, from what both put out.
    const trained = blockOutputs(model, batch, trial.access());
    const [rows] = (original[0] as Tensor2D).shape;
    const real = (row: number) =>
      batch.sequence === 0 || row % batch.sequence < batch.lengths[Math.floor(row / batch.sequence)]!;
    const means = original.map((tensor, block) => {
      const [theirs, ours] = [tensor, trained[block]!].map((each) => each.arraySync() as number[][]);
      const kept = Array.from({ length: rows }, (_, row) => row).filter(real);
      const squares = kept.flatMap((row) => ours![row]!.map((value, at) => (value - theirs![row]![at]!) ** 2));
      return squares.reduce((sum, square) => sum + square, 0) / squares.length;
    });
    const { value } = featuresOf(input);
    expectClose([value], [means.reduce((sum, mean) => sum + mean, 0) / means.length], 1e-4, 'penalty');
    expect(value).toBeGreaterThan(0);
    tf.dispose([...original, ...trained]);
    trial.dispose();
  });
});

it('outputs of blocks are of the examples’ own tokens, where others stand before these', async () => {
  await openEngine('wasm');
  const model = smallModels.find(({ model }) => model.architecture === 'bert')!.model;
  const base = new LoadedBase({ config: model, values: initialValues(model, createRandom(1)), tokenizer: null });
  const { batch } = randomData({ model, sequence: 12, classes: 3 }).train;
  const given = batch([0, 1]);
  const { trial } = stepOf({ base, method: findMethod('prompt-tuning'), batches: [], of: ['query'], classes: 3 });
  const access: ModelAccess = trial.access();
  // Nothing follows the last block of an encoder.
  const made = blockOutputs(model, given, access);
  const last = tf.tidy(() => hiddenStates(model, given, access));
  expect(made.map(({ shape }) => shape)).toEqual([0, 1].map(() => [2 * 12, 64]));
  expect(made[1]!.dataSync()).toEqual(last.dataSync());
  tf.dispose([...made, last]);
  trial.dispose();
  base.dispose();
});

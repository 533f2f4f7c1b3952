/** @file Products with a table of many rows: few rows are turned in its place, and the same numbers come out in less memory. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { addedEngines } from '../../../test/support/engines.js';
import { timesTable, timesTransposed } from '../src/engine/products.js';
import { engineTraits, turnsResult } from '../src/engine/traits.js';
import { findMethod } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { openedEngine } from './support/opened-engine.js';
import { measured, predicted, type Setting } from './support/peaks.js';
import { smallModels } from './support/small-models.js';

const draw = (height: number, width: number, seed: number) =>
  tf.randomNormal([height, width], 0, 1, 'float32', seed) as Tensor2D;
const bits = (tensor: Tensor) => new Int32Array(tensor.dataSync().slice().buffer);

it('turns what is fewer numbers: the table, or rows and result', () => {
  const of = (rows: number) => turnsResult(engineTraits.wasm, { rows, width: 8, height: 400 });
  expect([1, 7, 8, 40].map(of)).toEqual([true, true, false, false]);
  expect(turnsResult(engineTraits.tensorflow, { rows: 1, width: 8, height: 400 })).toBe(false);
});

describe.each(['cpu', 'wasm', ...addedEngines] as const)('on %s', (name) => {
  const on = openedEngine(name);

  it.each([1, 7, 40])('%d rows give the bits of a product with the turned table', (rows) => {
    const [x, table] = [draw(rows, 8, 1), draw(400, 8, 2)];
    const whole = tf.tidy(() => timesTransposed(x, table));
    on.engine.resetPeak();
    const before = on.engine.liveBytes();
    const found = timesTable(x, table);
    const held = (on.engine.peakBytes() - before) / 4;
    expect(found.shape).toEqual([rows, 400]);
    expect(bits(found)).toEqual(bits(whole));
    const copied = name === 'tensorflow' ? 0 : rows < 8 ? rows * 400 : 8 * 400;
    expect(held).toBe(rows * 400 + copied);
    tf.dispose([x, table, whole, found]);
  });

  it.each([8, 48])('a training on %d tokens of a large vocabulary holds what is predicted', async (sequence) => {
    const { model, ...task } = smallModels.find(({ model }) => model.architecture === 'llama')!;
    const setting: Setting = {
      ...task,
      model: { ...model, vocabularySize: 2048 } as Setting['model'],
      batchSize: 1,
      sequence,
      targets: ['query'],
    };
    const { peak } = await measured(on.engine, findMethod('lora'), setting);
    const { total } = predicted(findMethod('lora'), { ...setting, engine: name });
    expect(Math.abs(total / peak.total - 1)).toBeLessThan(0.01);
  });
});

describe('on wasm', () => {
  openedEngine('wasm');

  it('multiplies by a right operand of more than 128 MiB as by others', () => {
    const [inner, columns] = [4097, 8192];
    const sums = tf.tidy(() => {
      const x = tf.tile(tf.reshape(tf.range(0, inner), [1, inner]), [2, 1]) as Tensor2D;
      const products = tf.matMul(x, tf.fill([inner, columns], 1) as Tensor2D);
      expect(products.shape).toEqual([2, columns]);
      return [tf.min(products), tf.max(products)].map((each) => each.dataSync()[0]);
    });
    // 4096 · 4097 / 2, which float32 holds exactly, as it does every sum on the way.
    expect(sums).toEqual([8_390_656, 8_390_656]);
  });
});

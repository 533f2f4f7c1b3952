/** @file Rows before those of every example: values written out, gradients against finite differences, and no leak. */
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { openEngine } from '../src/engine/engine.js';
import { prepend, withoutFirst } from '../src/engine/sequence.js';
import { tf } from '../src/tensor/tf.js';

describe.each(['cpu', 'wasm', ...addedEngines] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await openEngine(backend, engineOptions);
  });
  // Two examples of two tokens, and one row before each.
  const rows = () =>
    tf.tensor2d(
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ].flat(),
      [4, 2],
    );
  const first = () => tf.tensor2d([[9, 10]]);

  it('stand before each example, and are taken away again', () => {
    const [before, x] = [first(), rows()];
    const whole = prepend(before, x, 2);
    expect(whole.arraySync()).toEqual([
      [9, 10],
      [1, 2],
      [3, 4],
      [9, 10],
      [5, 6],
      [7, 8],
    ]);
    const back = withoutFirst(whole, 1, 2);
    expect(back.arraySync()).toEqual(x.arraySync());
    tf.dispose([before, x, whole, back]);
  });

  it('hand the gradient of every example to the rows before, and each its own to the tokens', () => {
    const tensors = tf.memory().numTensors;
    const [before, x] = [first(), rows()];
    const weights = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [6, 2]);
    const parameters = new Map([
      ['before', before],
      ['x', x],
    ]);
    const { value, gradients } = differentiate(
      parameters,
      () => tf.sum(tf.mul(prepend(before, x, 2), weights)) as Scalar,
    );
    expect(gradients.get('before')!.arraySync()).toEqual([[1 + 7, 2 + 8]]);
    expect(gradients.get('x')!.arraySync()).toEqual([
      [3, 4],
      [5, 6],
      [9, 10],
      [11, 12],
    ]);
    disposeGradients(gradients);
    value.dispose();
    const kept = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const cut = differentiate(
      new Map([['x', x]]),
      () => tf.sum(tf.mul(withoutFirst(x as Tensor2D, 1, 2), kept)) as Scalar,
    );
    expect(cut.gradients.get('x')!.arraySync()).toEqual([
      [0, 0],
      [1, 2],
      [0, 0],
      [3, 4],
    ]);
    disposeGradients(cut.gradients);
    tf.dispose([cut.value, before, x, weights, kept]);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

/** @file Cross-entropy over several chunks of rows, against its formula in float64. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { crossEntropyRows } from '../src/engine/chunk.js';
import { tiedCrossEntropy, tiedRowLosses } from '../src/engine/cross-entropy.js';
import { openEngine } from '../src/engine/engine.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { byOperations } from './support/by-operations.js';
import { expectClose } from './support/close.js';

const rows = 300;
const width = 3;
const vocabulary = 4500;
const random = createRandom(1);
const draw = (size: number) => Float32Array.from({ length: size }, () => random.normal());
const inputs = { x: draw(rows * width), table: draw(vocabulary * width) };
const targets = Int32Array.from({ length: rows }, (_, row) => (row % 7 === 0 ? -1 : random.integer(vocabulary)));
const normalizer = targets.filter((target) => target >= 0).length;

/** Losses of the rows and the gradients of their mean: `(softmax − hot) · slope`, by x times the table, by the table times x. */
function byFormula(cap: number | undefined) {
  const losses = new Float64Array(rows);
  const gradients = { x: new Float64Array(rows * width), table: new Float64Array(vocabulary * width) };
  targets.forEach((target, row) => {
    if (target < 0) return;
    const x = inputs.x.subarray(row * width, (row + 1) * width);
    const unit = (token: number, at: number) => inputs.table[token * width + at]!;
    const products = Array.from({ length: vocabulary }, (_, token) =>
      x.reduce((sum, value, at) => sum + value * unit(token, at), 0),
    );
    const logits = cap === undefined ? products : products.map((product) => cap * Math.tanh(product / cap));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    losses[row] = Math.log(total) - logits[target]!;
    logits.forEach((logit, token) => {
      const slope = cap === undefined ? 1 : 1 - (logit / cap) ** 2;
      const by = ((Math.exp(logit) / total - Number(token === target)) * slope) / normalizer;
      for (let at = 0; at < width; at++) {
        gradients.x[row * width + at]! += by * unit(token, at);
        gradients.table[token * width + at]! += by * x[at]!;
      }
    });
  });
  return { losses, gradients, mean: losses.reduce((sum, loss) => sum + loss) / normalizer };
}

describe.each(['wasm', ...addedEngines] as const)('on %s', (name) => {
  beforeAll(async () => {
    await openEngine(name, { ...engineOptions, threads: 2 });
  });

  // By operations too where the engine has a kernel: it computes so on an accelerator.
  const waysOf = name === 'wasm' ? ['by operations'] : ['by its kernel', 'by operations'];
  const cases = [undefined, 2].flatMap((cap) => waysOf.map((way) => [cap, way] as const));
  it.each(cases)('the loss of logits bent by %s, %s, with every subset of what is trained', (cap, way) => {
    expect(rows).toBeGreaterThan(2 * crossEntropyRows(vocabulary, 1));
    const giveBack = way === 'by operations' ? byOperations(name) : () => undefined;
    const tensors = tf.memory().numTensors;
    const expected = byFormula(cap);
    const x = tf.tensor2d(inputs.x, [rows, width]);
    const table = tf.tensor2d(inputs.table, [vocabulary, width]);
    for (const trained of [['x', 'table'], ['x'], ['table'], []] as ('x' | 'table')[][]) {
      const parameters = new Map(trained.map((each) => [each, { x, table }[each]] as [string, Tensor2D]));
      const { value, gradients } = differentiate(parameters, () =>
        tiedCrossEntropy(x, table, targets, normalizer, cap),
      );
      expectClose(value.dataSync() as Float32Array, [expected.mean], 1e-6, 'the loss');
      for (const each of trained) {
        const gradient = gradients.get(each)!.dataSync() as Float32Array;
        expectClose(gradient, expected.gradients[each], 4e-6, `the gradient of ${each}`);
      }
      disposeGradients(gradients);
      value.dispose();
    }
    const losses = tiedRowLosses(x, table, targets, cap);
    expectClose(losses.dataSync() as Float32Array, expected.losses, 1e-6, 'the losses of the rows');
    tf.dispose([x, table, losses]);
    giveBack();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

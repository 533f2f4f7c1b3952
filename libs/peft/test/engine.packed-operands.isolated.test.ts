import type * as tfjs from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { upload } from '../src/engine/upload.js';
import { openEngine } from '../src/index.js';
import { tf } from '../src/tensor/tf.js';

beforeAll(() => openEngine('wasm'));

const side = 4096;
const MIB = 2 ** 20;

/** A kernel of 64 MiB whose first row alone is `value`; pages of the rest are not touched. */
const kernelOf = (value: number) =>
  upload({
    shape: [side, side],
    values: new Float32Array(),
    fill: (target) => target.fill(value, 0, side),
  }) as tfjs.Tensor2D;

/** Its product with a kernel is the first row of that. */
const firstRow = () => tf.cast(tf.oneHot(tf.tensor1d([0], 'int32'), side), 'float32') as tfjs.Tensor2D;

const products = {
  plain: (x: tfjs.Tensor2D, kernel: tfjs.Tensor2D) => tf.matMul(x, kernel),
  biased: (x: tfjs.Tensor2D, kernel: tfjs.Tensor2D, bias: tfjs.Tensor) => tf.fused.matMul({ a: x, b: kernel, bias }),
};

const halves = () => tf.fill([side], 0.5);

// The module packs each kernel once more: 2.1 GiB of kernels would take 4.25, and its heap ends at 4.
describe('products by kernels that fill more than half of the heap', () => {
  it('give their values, each time, with a bias and without', () => {
    const values = Array.from({ length: 34 }, (_, index) => index + 1);
    const kernels = values.map(kernelOf);
    const [x, bias] = [firstRow(), halves()] as const;
    for (const round of [1, 2]) {
      for (const [index, kernel] of kernels.entries()) {
        const [name, added] = index % 2 === 0 ? (['plain', 0] as const) : (['biased', 0.5] as const);
        const result = products[name](x, kernel, bias);
        const [first, last] = [result.dataSync()[0], result.dataSync().at(-1)];
        result.dispose();
        expect([first, last], `kernel ${index}, round ${round}`).toEqual([index + 1 + added, index + 1 + added]);
      }
    }
    for (const tensor of [x, bias, ...kernels]) tensor.dispose();
  });

  it.each(['plain', 'biased'] as const)('throw, %s, where there is no room to pack', (name) => {
    const kernel = kernelOf(1);
    const [x, bias] = [firstRow(), halves()] as const;
    const taken: tfjs.Tensor[] = [];
    const fill = () => {
      for (;;)
        taken.push(upload({ shape: [4 * MIB], values: new Float32Array(), fill: (target) => target.fill(1, -1) }));
    };
    expect(fill).toThrow('out of memory');
    expect(() => products[name](x, kernel, bias)).toThrow('out of memory: the heap of WebAssembly');
    for (const tensor of taken) tensor.dispose();
    const result = products.plain(x, kernel);
    expect(result.dataSync()[0]).toBe(1);
    for (const tensor of [x, bias, kernel, result]) tensor.dispose();
  });
});

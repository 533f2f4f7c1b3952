/** @file LoRA-GA's own invariants: what the card states of its first values, and the directions that chance chooses. */
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { loraGa } from '../src/methods/lora-ga.js';
import { matrixOf } from '../src/parts/init/host.js';
import { truncatedSvd } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { untrained } from './support/one-layer.js';

const shape = { in: 12, out: 10, bias: true };
const rank = 3;
const draw = createRandom(4);
const normal = () => Matrix.zeros(shape.in, shape.out).apply(fill);
function fill(this: Matrix, row: number, column: number) {
  this.set(row, column, draw.normal());
}
const [kernel, gradient] = [normal(), normal()];
const { left, right } = truncatedSvd(gradient, 2 * rank);

function first(options: object, seed = 1) {
  const config = loraGa.config.parse({ rank, ...options });
  const made = loraGa.init!.layer({
    shape,
    kernel,
    config,
    random: createRandom(seed),
    calibration: { firstStep: untrained, gradient },
    layers: [shape],
    index: 0,
  });
  return { a: matrixOf(made.tensors.lora_A!), b: matrixOf(made.tensors.lora_B!), kernel: made.kernel! };
}

/** Which of the 2r singular vectors the columns of `factor` are multiples of. */
function indices(factor: Matrix, vectors: Matrix): number[] {
  const products = factor.transpose().mmul(vectors);
  return products.to2DArray().map((row) => {
    const sizes = row.map(Math.abs);
    const largest = Math.max(...sizes);
    expect(sizes.filter((size) => size > 1e-4 * largest)).toHaveLength(1);
    return sizes.indexOf(largest);
  });
}

describe('the first values of LoRA-GA', () => {
  it('are orthonormal up to out^(1/4) / √γ, in both factors, with the scale of the authors', () => {
    const { a, b } = first({ gamma: 64 });
    const scale = Math.sqrt(shape.out) / 64;
    for (const gram of [a.transpose().mmul(a), b.mmul(b.transpose())]) {
      expect(Matrix.sub(gram, Matrix.eye(rank).mul(scale)).norm()).toBeLessThan(1e-6);
    }
  });

  it('take disjoint singular vectors at random as the authors do, and the same for both factors as peft does', () => {
    const draws = [1, 2, 3, 4].map((seed) => {
      const { a, b } = first({ direction: 'random' }, seed);
      const own = indices(a, left);
      const other = indices(b.transpose(), right);
      expect(new Set([...own, ...other]).size).toBe(2 * rank);
      return own.join();
    });
    expect(new Set(draws).size).toBeGreaterThan(1);
    const { a, b } = first({ direction: 'random', variant: 'peft' });
    expect(indices(b.transpose(), right)).toEqual(indices(a, left));
  });

  it('give back the kernel they leave, from float32 values alone', () => {
    const config = loraGa.config.parse({ rank });
    const { a, b, kernel: left } = first({});
    const stored = {
      lora_A: { shape: [12, 3], values: Float32Array.from(a.to1DArray()) },
      lora_B: { shape: [3, 10], values: Float32Array.from(b.to1DArray()) },
    };
    expect(loraGa.init!.kernelFrom!({ kernel, first: stored, config }).to1DArray()).toEqual(left.to1DArray());
  });

  it('need a gradient', () => {
    const config = loraGa.config.parse({ rank });
    const layer = { shape, kernel, config, random: createRandom(1), layers: [shape], index: 0 };
    expect(() => loraGa.init!.layer(layer)).toThrow('need the gradient of its kernel: calibrate before');
  });
});

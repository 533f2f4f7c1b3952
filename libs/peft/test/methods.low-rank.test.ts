/** @file What single low-rank methods promise beyond what every method must do: SVFit, NOLA, Hydra; and how they come back. */
import { Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { HostTensor, LayerShape, Method } from '../src/method.js';
import { findMethod } from '../src/registry.js';
import { singularValues } from '../src/tensor/linalg.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { evaluate } from '../src/training/evaluate.js';
import { untouched } from '../src/training/untouched.js';
import { expectClose, type Nested, relativeError } from './support/close.js';
import { initialized, OneLayer, valuesOf } from './support/one-layer.js';
import { tinyBase, tinyData } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';
import { type MethodCase, readVector } from './support/vectors.js';

beforeAll(async () => {
  await openEngine('wasm');
});

const matrixOf = ({ shape: [rows = 1, columns = 1], values }: HostTensor) => Matrix.from1DArray(rows, columns, values);

/** `kernel − base kernel` of the library, for these tensors. */
function updateOf(method: Method, testCase: MethodCase, tensors: Record<string, Nested>): Matrix {
  const layer = new OneLayer(method, testCase, tensors);
  const values = tf.tidy(() => tf.sub(layer.merged().kernel, layer.base().kernel).dataSync().slice());
  layer.dispose();
  return Matrix.from1DArray(testCase.layer.in, testCase.layer.out, values as Float32Array);
}

describe('SVFit', () => {
  const method = findMethod('svfit');
  const random = createRandom(3);
  const kernel = Matrix.zeros(7, 5).apply(function (this: Matrix, row, column) {
    this.set(row, column, random.normal());
  });
  const shape: LayerShape = { in: 7, out: 5, bias: true };
  const first = (rank: number) => {
    const config = method.config.parse({ rank });
    return method.init!.layer({ shape, kernel, config, random, layers: [shape], index: 0 });
  };

  it.each([1, 3, 5])('starts at rank %i between orthonormal factors, and the base keeps the rest', (rank) => {
    const { tensors, kernel: rest } = first(rank);
    const [u, v] = [matrixOf(tensors.svfit_U!), matrixOf(tensors.svfit_V!)];
    expectClose(u.transpose().mmul(u).to2DArray(), Matrix.eye(rank).to2DArray(), 1e-6, 'UᵀU');
    expectClose(v.mmul(v.transpose()).to2DArray(), Matrix.eye(rank).to2DArray(), 1e-6, 'VVᵀ');
    const spectrum = singularValues(kernel);
    expectClose(tensors.svfit_sigma!.values, spectrum.slice(0, rank), 1e-6, 'σ');
    expectClose(singularValues(rest!).slice(0, 5 - rank), spectrum.slice(rank), 1e-6, 'the rest of the spectrum');
    if (rank === 5) expect(rest!.norm()).toBeLessThan(1e-12);
  });

  it('trains the singular values of the update', () => {
    const [testCase] = readVector('methods', 'svfit').cases;
    const { tensors } = initialized(method, { ...testCase!, config: { rank: 3 } }, 1);
    const values = { ...valuesOf(tensors), svfit_sigma: [0.5, -2, 1] };
    const singular = singularValues(updateOf(method, { ...testCase!, config: { rank: 3 } }, values));
    expectClose(singular.slice(0, 3), [2, 1, 0.5], 1e-5, 'singular values');
  });
});

describe('NOLA', () => {
  const method = findMethod('nola');
  const [testCase] = readVector('methods', 'nola').cases;

  it('gives the coefficients of A no gradient at the start, and those of B one', () => {
    const { tensors } = initialized(method, testCase!, 1);
    const layer = new OneLayer(method, testCase!, valuesOf(tensors));
    const gradients = layer.gradients();
    expect([...gradients.nola_alpha!.dataSync()].map(Math.abs)).toEqual([0, 0, 0, 0]);
    for (const value of gradients.nola_beta!.dataSync()) expect(Math.abs(value)).toBeGreaterThan(1e-4);
    tf.dispose(gradients);
    layer.dispose();
  });

  it('has an update of its rank, whatever is mixed, and trains as much in every layer', () => {
    const singular = singularValues(updateOf(method, testCase!, testCase!.tensors));
    // The case has rank 2.
    expect(singular.filter((value) => value > 1e-5 * singular[0]!)).toHaveLength(2);
    const trained = (layer: LayerShape) =>
      Object.values(method.weight!.tensors(layer, method.config.parse({ rank: 3, bases: 10 })))
        .filter(({ trained }) => trained)
        .reduce((sum, { shape }) => sum + shape[0]!, 0);
    expect([trained({ in: 8, out: 8, bias: true }), trained({ in: 768, out: 3072, bias: false })]).toEqual([20, 20]);
  });

  it('mixes a smaller layer of the first entries of the bases that a larger one shares with it', () => {
    const config = method.config.parse({ rank: 2, bases: 3 });
    const [small, large] = [
      { in: 4, out: 3, bias: true },
      { in: 6, out: 8, bias: true },
    ];
    const shared = method.init!.model!({ layers: [small, large], config, random: createRandom(1) });
    expect(shared.nola_basis_A!.shape).toEqual([3, 12]);
    expect(shared.nola_basis_B!.shape).toEqual([3, 16]);
    const bases = matrixOf(shared.nola_basis_A!);
    const own = method.init!.layer({
      shape: small,
      kernel: Matrix.zeros(4, 3),
      config,
      random: createRandom(2),
      layers: [small, large],
      index: 0,
    });
    const [coefficients, first] = [[0.5, -1, 2], matrixOf(own.tensors.nola_A0!)];
    const expected = Array.from({ length: 8 }, (_, entry) =>
      coefficients.reduce((sum, c, i) => sum + c * bases.get(i, entry), first.to1DArray()[entry]!),
    );
    const a = tf.tidy(() => {
      const put = ({ values, shape }: HostTensor) => tf.tensor(values, shape);
      const tensors = Object.fromEntries(
        Object.entries({ ...own.tensors, ...shared }).map(([name, value]) => [name, put(value)]),
      );
      tensors.nola_alpha = tf.tensor1d(coefficients);
      const context = { path: 'layer', config, products: { matMul: tf.matMul }, tensors, dropout: (x: never) => x };
      return method
        .weight!.lowRank!.factors(small, context as never)
        .a.dataSync()
        .slice();
    });
    expectClose(a as Float32Array, expected, 1e-6, 'A of the smaller layer');
  });
});

describe('Hydra', () => {
  const method = findMethod('hydra');
  const [testCase] = readVector('methods', 'hydra').cases;
  const { hydra_A, hydra_B, hydra_C, hydra_D } = testCase!.tensors as Record<string, number[][]>;
  const without = (name: string) => ({
    ...testCase!.tensors,
    [name]: (testCase!.tensors[name] as number[][]).map((row) => row.map(() => 0)),
  });
  const matrix = (rows: number[][]) => new Matrix(rows);

  it('is LoRA without its sequential update, and leaves the bias alone then', () => {
    const expected = matrix(hydra_A!).mmul(matrix(hydra_B!));
    expectClose(updateOf(method, testCase!, without('hydra_D')).to2DArray(), expected.to2DArray(), 1e-5, 'update');
    const layer = new OneLayer(method, testCase!, without('hydra_D'));
    expectClose(
      tf.tidy(() => layer.merged().bias.dataSync() as Float32Array),
      testCase!.base.bias,
      1e-6,
      'bias',
    );
    layer.dispose();
  });

  it('changes the bias as it changes outputs: W + W·C·D goes with b + b·C·D', () => {
    const change = matrix(hydra_C!).mmul(matrix(hydra_D!));
    const kernel = matrix(testCase!.base.kernel as number[][]);
    const bias = Matrix.rowVector(testCase!.base.bias as number[]);
    const layer = new OneLayer(method, testCase!, without('hydra_B'));
    const merged = tf.tidy(() => layer.merged().bias.dataSync().slice() as Float32Array);
    layer.dispose();
    expectClose(merged, Matrix.add(bias, bias.mmul(change)).to1DArray(), 1e-5, 'bias');
    expect(relativeError(merged, testCase!.base.bias), 'change of the bias').toBeGreaterThan(0.1);
    const update = updateOf(method, testCase!, without('hydra_B'));
    expectClose(update.to2DArray(), kernel.mmul(change).to2DArray(), 1e-5, 'sequential update');
  });

  it('has no bias where the base has none', () => {
    const layer = new OneLayer(method, testCase!);
    const { bias: _, ...bare } = layer.base();
    expect(method.weight!.bias!(bare, layer.context())).toBeUndefined();
    layer.dispose();
  });
});

describe('an adapter that does not hold all of its layer', () => {
  // A residual that follows from the base, bases and selections that the model shares, ranks that were allocated.
  it.each([
    { name: 'svfit', config: { rank: 4 } },
    { name: 'nola', config: { rank: 2, bases: 8 } },
    { name: 'mos', config: { rank: 4 } },
    { name: 'lamda', config: { rank: 4, start: 'spectral' } },
    { name: 'lamda-pp', config: { rank: 4, start: 'spectral' } },
    { name: 'increlora', config: { rank: 2 } },
  ])('of $name gives on its return the losses that training ended with, to the bit', async ({ name, config }) => {
    const engine = await openEngine('wasm');
    const model = tinyBase();
    const options = { steps: 4, learningRate: 1e-2 };
    const { result } = await trainTiny({ engine, base: model, method: name, config, options });
    const method = findMethod(name);
    const again = await evaluate({ model, method, adapter: result.adapter!, data: tinyData, split: 'validation' });
    expect(again.metrics).toEqual(result.validation);
    const bare = await evaluate({ model, method: untouched, data: tinyData, split: 'validation' });
    expect(bare.metrics, 'the base alone').not.toEqual(again.metrics);
    model.dispose();
  });
});

/** @file First values of FRoD: the directions that kernels of a role have in common, and each kernel in them. */
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { LoadedBase } from '../src/models/base.js';
import { matrixOf } from '../src/parts/init/host.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { inject } from '../src/training/inject.js';
import { expectClose, type Nested } from './support/close.js';
import { tinyBase } from './support/tiny-model.js';
import { readVector } from './support/vectors.js';

const method = findMethod('frod');

/** First values of each of these kernels, which are one group. */
function first(kernels: readonly Matrix[], given: object = {}) {
  const group = { kernels };
  const config = method.config.parse(given);
  return kernels.map((kernel, index) => {
    const shape = { in: kernel.rows, out: kernel.columns, bias: false };
    const layers = kernels.map(() => shape);
    const { tensors } = method.init!.layer({ shape, kernel, config, random: createRandom(3), layers, index, group });
    const { frod_V, frod_U, frod_sizes, frod_turns, frod_places } = tensors;
    return {
      ...{ V: matrixOf(frod_V!), U: matrixOf(frod_U!), sizes: [...frod_sizes!.values] },
      ...{ turns: [...frod_turns!.values], places: matrixOf(frod_places!).to2DArray() },
    };
  });
}

const kernelOf = ({ V, U, sizes }: { V: Matrix; U: Matrix; sizes: number[] }) =>
  V.mmul(U.clone().mulColumnVector(sizes));

function drawn(rows: number, columns: number, seed: string): Matrix {
  const random = createRandom(seed);
  return new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal())));
}

interface DirectionsCase {
  regularization: number;
  kernels: number[][][];
  frod_V: Nested;
  frod_sizes: Nested[];
  frod_U: Nested[];
}

describe('directions', () => {
  const { directions } = readVector('methods', 'frod') as unknown as { directions: DirectionsCase[] };

  it.each(directions)('are those that Python peft finds, which has them in float32', (testCase) => {
    const { regularization } = testCase;
    const made = first(
      testCase.kernels.map((kernel) => new Matrix(kernel)),
      { regularization },
    );
    for (const [index, { V, U, sizes }] of made.entries()) {
      expectClose(V.to2DArray(), testCase.frod_V, 1e-4, 'V');
      expectClose(sizes, testCase.frod_sizes[index]!, 1e-4, 'sizes');
      expectClose(U.to2DArray(), testCase.frod_U[index]!, 1e-4, 'U');
    }
  });

  it('write every kernel, also where fewer outputs than inputs are there', () => {
    const [wide] = first([drawn(6, 2, 'wide')]);
    expectClose(kernelOf(wide!).to2DArray(), drawn(6, 2, 'wide').to2DArray(), 1e-6, 'kernel');
    expect(wide!.sizes.filter((size) => size === 0)).toHaveLength(4);
  });

  it('write kernels that leave some inputs out', () => {
    const kernels = ['one', 'two'].map((seed) => {
      const kernel = drawn(5, 4, seed);
      return kernel.setRow(1, kernel.getRow(0)).setRow(4, [0, 0, 0, 0]);
    });
    for (const [index, made] of first(kernels).entries()) {
      expectClose(kernelOf(made).to2DArray(), kernels[index]!.to2DArray(), 1e-5, 'kernel');
      expect(made.sizes.filter((size) => size < 1e-6)).toHaveLength(2);
    }
  });

  it('serve whatever they are where a kernel is zero, and have sizes of 0', () => {
    const [made] = first([Matrix.zeros(3, 4)]);
    expect(made!.sizes).toEqual([0, 0, 0]);
    expect(made!.V.to1DArray().every(Number.isFinite)).toBe(true);
  });
});

describe('turns', () => {
  it('start at 0, each between two different directions, and none twice', () => {
    const [{ turns, places }] = first([drawn(5, 6, 'all')], { density: 1 }) as [ReturnType<typeof first>[number]];
    expect(turns).toEqual(new Array(20).fill(0));
    expect(new Set(places.map(String)).size).toBe(20);
    expect(places.every(([from, to]) => from !== to)).toBe(true);
  });

  it('number one at least', () => {
    const [made] = first([drawn(3, 3, 'few')], { density: 0.01 });
    expect(made!.turns).toHaveLength(1);
  });
});

describe('in a model', () => {
  let base: LoadedBase;
  beforeAll(async () => {
    await openEngine('cpu');
    base = tinyBase();
  });
  afterAll(() => base.dispose());

  it('has one V for the layers of a role, and a U for each', () => {
    const config = method.config.parse({ density: 0.2 });
    const trial = inject({ base, method, config, targets: ['query'], random: createRandom(5) });
    const layers = trial.layers.map(({ path }) => trial.layerTensors(path));
    expect(layers[1]!.frod_V).toBe(layers[0]!.frod_V);
    expect(layers[1]!.frod_places).toBe(layers[0]!.frod_places);
    for (const [index, { path }] of trial.layers.entries()) {
      const { frod_V, frod_U, frod_sizes } = layers[index]!;
      const [V, U] = [frod_V!, frod_U!].map((tensor) => new Matrix(tensor.arraySync() as number[][]));
      const kernel = kernelOf({ V: V!, U: U!, sizes: [...frod_sizes!.dataSync()] });
      expectClose(kernel.to2DArray(), base.kernel(`${path}.kernel`).to2DArray(), 1e-5, path);
    }
    trial.dispose();
  });
});

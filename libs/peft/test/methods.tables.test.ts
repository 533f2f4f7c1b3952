/** @file Methods on tables of embeddings: against the reference, by laws, and in a whole model. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskData } from '../src/data/task-data.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { lookup } from '../src/engine/fields.js';
import { mergedBase } from '../src/export/merged-base.js';
import { exportAdapter } from '../src/export/write.js';
import { storedModel } from '../src/memory/stored.js';
import type { HostTensor, LayerContext, LayerShape, Method } from '../src/method.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { layerNames, linearLayers, modelConfigSchema } from '../src/models/config.js';
import type { Split } from '../src/objectives/data.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { evaluate } from '../src/training/evaluate.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { train } from '../src/training/trainer.js';
import { expectClose, flatten, type Nested } from './support/close.js';
import { products, untrained } from './support/one-layer.js';
import { readVector, type TableCase } from './support/vectors.js';

const tolerance = 1e-5;
const onTables = methods.filter(({ weight }) => weight?.lookup);
const cases = onTables.flatMap((method) =>
  (readVector('methods', method.name).tables ?? []).map((testCase, index) => ({
    method,
    testCase,
    label: `${method.name} #${index}`,
  })),
);

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

function firstValues(method: Method, shape: LayerShape, { kernel, config, shares, rows }: Given) {
  return method.init!.layer({
    shape,
    kernel,
    config: method.config.parse(config),
    random: createRandom(1),
    layers: [shape],
    index: 0,
    calibration: { firstStep: untrained, inputs: { rows, mean: shares, absoluteMean: shares } },
  }).tensors;
}
interface Given {
  kernel: Matrix;
  config: object;
  shares: Float64Array;
  rows: number;
}

describe.each(cases)('$label on a table', ({ method, testCase }) => {
  const { layer, config } = testCase;
  const parsed = method.config.parse(config) as never;
  const context = (tensors: LayerContext<never>['tensors']): LayerContext<never> => ({
    path: 'table',
    config: parsed,
    products,
    tensors,
    dropout: (x) => x,
  });
  const base = { shape: layer, kernel: undefined as never, forward: () => undefined as never };
  const rowsOf =
    ({ ids }: TableCase) =>
    (table: Tensor2D) =>
      lookup(table, Int32Array.from(ids));

  it('has the first values of the reference', () => {
    const given = {
      kernel: Matrix.from1DArray(layer.in, layer.out, flatten(testCase.kernel)),
      config,
      shares: Float64Array.from(flatten(testCase.reads.shares)),
      rows: testCase.reads.rows,
    };
    const first = firstValues(method, layer, given);
    expect(Object.keys(first).sort()).toEqual(Object.keys(testCase.initial).sort());
    for (const [name, values] of Object.entries(testCase.initial)) {
      expectClose(first[name]!.values, values, tolerance, `first value of ${name}`);
    }
  });

  it('gives rows, table and gradients of the reference', () => {
    const specs = method.weight!.tensors(layer, parsed);
    const tensors = Object.fromEntries(
      Object.entries(specs).map(([name, { shape }]) => [name, tf.tensor(flatten(testCase.tensors[name]!), shape)]),
    );
    const target = tf.tensor2d(testCase.targets as number[][]);
    let output: Nested = [];
    const { value, gradients } = differentiate(new Map(Object.entries(tensors)), () => {
      const rows = method.weight!.lookup!(rowsOf(testCase), base, context(tensors));
      output = Array.from(rows.dataSync());
      return tf.mean(tf.square(tf.sub(rows, target)));
    });
    expectClose(output, testCase.output, tolerance, 'rows');
    expect(value.dataSync()[0]).toBeCloseTo(testCase.loss, 5);
    for (const [name, expected] of Object.entries(testCase.gradients)) {
      expectClose(gradients.get(name)!.dataSync() as Float32Array, expected, tolerance, `gradient of ${name}`);
    }
    const whole = tf.tidy(() => method.weight!.kernel(base, context(tensors)).dataSync() as Float32Array);
    expectClose(whole, testCase.effective, tolerance, 'table');
    disposeGradients(gradients);
    tf.dispose([value, target, tensors]);
  });
});

it('has a reference for a method that treats tables in its own way', () => {
  expect(cases.map(({ method }) => method.name)).toContain('afm');
});

describe('over ten seeds, of a table whose rows are not read alike', () => {
  const [height, width] = [30, 8];
  const shape: LayerShape = { in: height, out: width, bias: false, table: true };
  const matrix = ({ shape: [rows = 1, columns = 1], values }: HostTensor) => Matrix.from1DArray(rows, columns, values);
  const setting = (seed: number) => {
    const random = createRandom(seed);
    const kernel = new Matrix(
      Array.from({ length: height }, () =>
        Array.from({ length: width }, (_, axis) => 0.7 ** axis * random.normal() + 0.3),
      ),
    );
    // Some ids are never read.
    const weights = Array.from({ length: height }, (_, id) => (id % 5 === 0 ? 0 : 1 / (id + 1)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shares = Float64Array.from(weights, (weight) => weight / total);
    const mean = Matrix.rowVector(Array.from(shares)).mmul(kernel);
    return { kernel, shares, mean, rows: 100 };
  };
  const made = (name: string, seed: number, config: object) => {
    const { kernel, ...rest } = setting(seed);
    const first = firstValues(findMethod(name), shape, { kernel, config, ...rest });
    const product = matrix(first.factor_A!).mmul(matrix(first.factor_B!));
    return first.factor_shift ? product.addRowVector(Array.from(first.factor_shift.values)) : product;
  };
  const error = (seed: number, table: Matrix) => {
    const { kernel, shares } = setting(seed);
    const difference = Matrix.sub(kernel, table);
    return shares.reduce((sum, share, id) => sum + share * difference.getRowVector(id).norm('frobenius') ** 2, 0);
  };
  const seeds = Array.from({ length: 10 }, (_, seed) => seed);

  it('AFM keeps the mean row, leaves the tail of the spectrum, and is exact at the full width', () => {
    for (const seed of seeds) {
      const { kernel, shares, mean } = setting(seed);
      const table = made('afm', seed, { rank: 3 });
      const own = Matrix.rowVector(Array.from(shares)).mmul(table);
      expectClose(own.to1DArray(), mean.to1DArray(), 1e-6, 'mean row');
      const centred = kernel.clone().subRowVector(mean.getRow(0)).mulColumnVector(Array.from(shares, Math.sqrt));
      const gram = centred.transpose().mmul(centred);
      // The trace less what three orthogonal directions hold at most: the rest of the eigenvalues.
      const eigenvalues = eigenvaluesOf(gram);
      const tail = eigenvalues.slice(3).reduce((sum, value) => sum + value, 0);
      expect(error(seed, table)).toBeCloseTo(tail, 6);
      expectClose(made('afm', seed, { rank: width }).to1DArray(), kernel.to1DArray(), 1e-5, 'the whole table');
    }
  });

  it('AFM loses least of what is read, then SVD-LLM, which has no mean, and plain SVD most', () => {
    for (const seed of seeds) {
      const [afm, whitened, plain] = ['afm', 'svd-llm', 'svd'].map((name) =>
        error(seed, made(name, seed, { rank: 3 })),
      );
      expect(afm! / whitened!, `seed ${seed}`).toBeLessThan(1);
      expect(whitened! / plain!, `seed ${seed}`).toBeLessThan(1);
    }
  });
});

/** By Jacobi's rotations, descending. */
function eigenvaluesOf(symmetric: Matrix): number[] {
  const a = symmetric.clone();
  for (let sweep = 0; sweep < 50; sweep++) {
    for (let p = 0; p < a.rows; p++) {
      for (let q = p + 1; q < a.rows; q++) {
        if (Math.abs(a.get(p, q)) < 1e-15) continue;
        const angle = 0.5 * Math.atan2(2 * a.get(p, q), a.get(q, q) - a.get(p, p));
        const turn = Matrix.eye(a.rows);
        turn
          .set(p, p, Math.cos(angle))
          .set(q, q, Math.cos(angle))
          .set(p, q, Math.sin(angle))
          .set(q, p, -Math.sin(angle));
        a.setSubMatrix(turn.transpose().mmul(a).mmul(turn), 0, 0);
      }
    }
  }
  return a.diagonal().sort((x, y) => y - x);
}

describe('a model with tables', () => {
  const config = modelConfigSchema.parse({
    architecture: 'embedding-mlp',
    cardinalities: [40, 20, 30],
    embeddingWidth: 12,
    width: 24,
    layers: 2,
  });
  const cardinalities = [40, 20, 30];
  const targets = layerNames(config);
  let base: LoadedBase;
  beforeAll(() => {
    base = new LoadedBase({ config, values: initialValues(config, createRandom(4)), tokenizer: null });
  });
  afterAll(() => base.dispose());

  const random = createRandom('fields');
  const drawn = Array.from({ length: 64 }, () => cardinalities.map((count) => random.integer(count)));
  const split: Split = {
    size: drawn.length,
    batch: (indices) => ({
      size: indices.length,
      sequence: 0,
      inputs: new Int32Array(),
      fields: Int32Array.from(indices.flatMap((index) => drawn[index]!)),
      targets: Int32Array.from(indices, (index) => Number((drawn[index]![0]! + drawn[index]![1]!) % 2 === 0)),
      lengths: new Int32Array(),
    }),
  };
  const data: TaskData = { objective: 'binary-classification', train: split, validation: split, test: split };
  const run = (name: string, own: object, steps = 0) =>
    train({
      engine,
      model: base,
      method: findMethod(name),
      config: own,
      optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
      data,
      options: { clipNorm: null, steps, batchSize: 32, learningRate: 1e-2, targets, seed: 5, schedule: 'constant' },
    });

  it.each([
    ['svd', {}],
    ['svd', { rule: 'energy', energy: 0.8 }],
    ['asvd', {}],
    ['svd-llm', {}],
    ['svd-llm', { inputs: 'compressed' }],
    ['afm', {}],
    ['welore', {}],
  ])('by %s with %j is merged into one that computes the same, and trained it gets better', async (name, own) => {
    const method = findMethod(name);
    const { adapter, validation } = await run(name, own);
    const scored = await evaluate({ model: base, method, adapter: adapter!, data, split: 'test' });
    expect(scored.metrics.loss).toBeCloseTo(validation!.loss, 5);
    const merged = await mergedBase(base, method, adapter!);
    const plain = await evaluate({ model: merged, method: findMethod('full-ft'), data, split: 'test' });
    expectClose(plain.columns.loss!, Array.from(scored.columns.loss!), engine.tolerance, 'losses of the merged model');
    merged.dispose();
    const { validation: after } = await run(name, own, 40);
    expect(after!.loss).toBeLessThan(0.95 * validation!.loss);
  });

  it('trains with ReLU between factors, and cannot be merged into kernels', async () => {
    const [before, after] = [await run('afm', { between: 'relu' }), await run('afm', { between: 'relu' }, 40)];
    expect(after.validation!.loss).toBeLessThan(0.95 * before.validation!.loss);
    const given = { model: base, method: findMethod('afm'), adapter: after.adapter! };
    const reason = 'there is relu between the two factors of its layers, which no kernel holds';
    await expect(mergedBase(base, given.method, given.adapter)).rejects.toThrow(reason);
    for (const format of ['merged', 'peft'] as const) {
      await expect(exportAdapter({ ...given, format, baseName: 'clicks' })).rejects.toThrow(reason);
    }
    const plain = await run('afm', {});
    expect(plain.validation!.loss).not.toBeCloseTo(before.validation!.loss, 4);
  });

  it('is stored as what the factors of its tables and layers are', () => {
    const method = findMethod('afm');
    const stored = (own: object) =>
      storedModel({ model: config, method, config: method.config.parse(own), targets }).parameters;
    // Rows of 12 and a shift; two layers with their biases, shifts and what stands between; the logit.
    const tables = 2 * (40 + 20 + 30) + 3 * (2 * 12 + 12);
    const layers = 2 * (36 + 24) + 2 * (24 + 24) + 2 * 2 * 24;
    expect(stored({ rank: 2 })).toBe(tables + layers + 24 + 1);
    expect(stored({ rank: 2, between: 'relu' })).toBe(tables + layers + 2 * 2 + 24 + 1);
  });

  it('is refused by methods that have no way to look up, with what to leave out', () => {
    expect(linearLayers(config).map(({ name }) => name)).toEqual(['tables', 'tables', 'tables', 'fc_1', 'fc_2']);
    const without = methods.filter(({ weight }) => weight && !weight.lookup);
    expect(without.length).toBeGreaterThan(0);
    for (const method of without.filter(({ sequence, pruning }) => !sequence && !pruning)) {
      const plan = { model: config, method, config: method.config.parse({}), targets };
      expect(() => refusal(plan), method.name).toThrow(
        `targets: ${method.name} cannot be put on tables.0, a table: leave out tables`,
      );
    }
  });
});

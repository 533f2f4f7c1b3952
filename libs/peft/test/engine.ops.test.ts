/** @file Every fused operation against torch in float64, with every subset of its operands frozen. */
import { readFileSync } from 'node:fs';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addedEngines } from '../../../test/support/engines.js';
import { gelu, geluTanh, geluTanhGated, relu, siluGated, tanh } from '../src/engine/activations.js';
import { type AttentionShape, attention } from '../src/engine/attention.js';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { binaryCrossEntropy } from '../src/engine/binary-cross-entropy.js';
import { crossEntropy, tiedCrossEntropy } from '../src/engine/cross-entropy.js';
import { openEngine } from '../src/engine/engine.js';
import { lookup, sideBySide } from '../src/engine/fields.js';
import { tiedLogits } from '../src/engine/logits.js';
import { layerNorm, rmsNorm } from '../src/engine/norms.js';
import { type EmbeddingTensors, embed, linear, matMul, throughFactors } from '../src/engine/ops.js';
import { classToken, imagePatches } from '../src/engine/patches.js';
import { firstRows, meanPool } from '../src/engine/pooling.js';
import { rotary } from '../src/engine/rotary.js';
import { squaredDistance } from '../src/engine/squared-error.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose, flatten, type Nested } from './support/close.js';
import { openedEngine } from './support/opened-engine.js';

interface Case {
  inputs: Record<string, Nested>;
  /** Operands that never have a gradient. */
  frozen?: Record<string, Nested>;
  dy: Nested;
  value: Nested;
  gradients: Record<string, Nested>;
}
const vector = JSON.parse(readFileSync(new URL('vectors/engine/ops.json', import.meta.url), 'utf8')) as {
  shape: { batch: number; sequence: number; heads: number };
  tokens: number[];
  targets: number[];
  lengths: number[];
  labels: number[];
  events: number[];
  rotary: { first: number; frequencies: number[] };
  patches: {
    size: number;
    height: number;
    width: number;
    channels: number;
    side: number;
    pixels: number[];
    rows: Nested;
  };
  cases: Record<string, Case>;
};

const { shape } = vector;
const ints = (values: number[]) => Int32Array.from(values);
const counted = vector.targets.filter((target) => target >= 0).length;
const matrix = (tensor: Tensor | undefined) => tensor as Tensor2D;
const row = (tensor: Tensor | undefined) => tensor as Tensor1D;
const attending =
  (more: Pick<AttentionShape, 'mask'> & Partial<AttentionShape>) =>
  ({ query, key, value }: Record<string, Tensor>) =>
    attention(matrix(query), matrix(key), matrix(value), { ...shape, ...more });
const embedded = (tables: EmbeddingTensors) => embed(ints(vector.tokens), shape.sequence, tables);
const operations: Record<string, (inputs: Record<string, Tensor>) => Tensor> = {
  matMul: ({ a, b }) => matMul(matrix(a), matrix(b)),
  linear: ({ x, kernel, bias }) => linear(matrix(x), matrix(kernel), row(bias)),
  throughFactors: ({ x, a, b, bias }) => throughFactors(matrix(x), { a: matrix(a), b: matrix(b) }, row(bias)),
  layerNorm: ({ x, gain, bias }) => layerNorm(matrix(x), row(gain), row(bias), 1e-5),
  rmsNorm: ({ x, gain }) => rmsNorm(matrix(x), row(gain), 1e-5),
  geluTanh: ({ x }) => geluTanh(matrix(x)),
  gelu: ({ x }) => gelu(matrix(x)),
  tanh: ({ x }) => tanh(matrix(x)),
  relu: ({ x }) => relu(matrix(x)),
  lookup: ({ table }) => lookup(matrix(table), ints(vector.tokens)),
  sideBySide: ({ a, b, c }) => sideBySide([a, b, c].map(matrix)),
  siluGated: ({ gate, up }) => siluGated(matrix(gate), matrix(up)),
  geluTanhGated: ({ gate, up }) => geluTanhGated(matrix(gate), matrix(up)),
  rmsNormOfHeads: ({ x, gain }) => rmsNorm(matrix(x), row(gain), 1e-5),
  rotary: ({ x }) =>
    rotary(matrix(x), {
      sequence: shape.sequence,
      frequencies: Float64Array.from(vector.rotary.frequencies),
      first: vector.rotary.first,
    }),
  attention: attending({ mask: 'causal' }),
  groupedAttention: attending({ heads: 4, keyHeads: 2, mask: 'causal' }),
  cappedAttention: attending({ mask: 'causal', softCap: 1.5, scale: 0.7, window: 3 }),
  paddedAttention: attending({ mask: [{ first: 0, count: shape.sequence, lengths: ints(vector.lengths) }] }),
  prefixedAttention: attending({ mask: 'causal' }),
  embed: ({ table, positions }) => embedded({ tokens: matrix(table), positions: matrix(positions) }),
  embedWithoutPositions: ({ table }) => embedded({ tokens: matrix(table) }),
  scaledEmbedding: ({ table }) => embedded({ tokens: matrix(table), scale: 2.5 }),
  embedWithTypes: ({ table, positions, types }) =>
    embedded({ tokens: matrix(table), positions: matrix(positions), first: 2, types: matrix(types) }),
  classToken: ({ x, token, positions }) => classToken(matrix(x), matrix(token), matrix(positions), shape.batch),
  firstRows: ({ x }) => firstRows(matrix(x), shape.batch),
  meanPool: ({ x }) => meanPool(matrix(x), ints(vector.lengths), shape.sequence),
  tiedCrossEntropy: ({ x, table }) => tiedCrossEntropy(matrix(x), matrix(table), ints(vector.targets), counted),
  cappedCrossEntropy: ({ x, table }) => tiedCrossEntropy(matrix(x), matrix(table), ints(vector.targets), counted, 1.5),
  cappedLogits: ({ x, table }) => tiedLogits(matrix(x), matrix(table), ints([0, 3, 3, 7]), 1.5),
  binaryCrossEntropy: ({ logits }) => binaryCrossEntropy(matrix(logits), ints(vector.events), vector.events.length),
  crossEntropy: ({ logits }) => crossEntropy(matrix(logits), ints(vector.labels), vector.labels.length),
  squaredDistance: ({ x, others }) => {
    const real = Float32Array.from({ length: x!.shape[0]! }, (_, at) =>
      Number(at % shape.sequence < vector.lengths[Math.floor(at / shape.sequence)]!),
    );
    const numbers = real.reduce((sum, each) => sum + each) * x!.shape[1]!;
    return squaredDistance(
      matrix(x),
      matrix(others),
      real.map((each) => each / numbers),
    );
  },
};

/** All subsets with at least one element. */
const subsets = (names: string[]): string[][] =>
  Array.from({ length: 2 ** names.length - 1 }, (_, bits) => names.filter((_, index) => ((bits + 1) >> index) & 1));

const toTensor = (values: Nested): Tensor => tf.tensor(values as number[]);
const data = (tensor: Tensor) => tensor.dataSync() as Float32Array;

it('has a vector for every operation', () => {
  expect(Object.keys(vector.cases).sort()).toEqual(Object.keys(operations).sort());
});

describe.each(['cpu', 'wasm', ...addedEngines] as const)('on %s', (backend) => {
  const on = openedEngine(backend);
  let before: readonly number[];
  const held = () => [tf.memory().numTensors, on.engine.liveBytes()];
  beforeAll(() => {
    before = held();
  });
  afterEach(() => expect(held(), 'tensors and bytes left over').toEqual(before));

  const cases = Object.entries(vector.cases).flatMap(([name, testCase]) =>
    subsets(Object.keys(testCase.inputs)).map((trained) => ({ name, testCase, trained, label: trained.join(', ') })),
  );
  it.each(cases)('$name, gradient of $label', ({ name, testCase, trained }) => {
    const operands = Object.entries({ ...testCase.inputs, ...testCase.frozen });
    const inputs = Object.fromEntries(operands.map(([key, values]) => [key, toTensor(values)]));
    const dy = toTensor(testCase.dy);
    let value: number[] = [];
    const result = differentiate(new Map(trained.map((key) => [key, inputs[key]!])), () => {
      const computed = operations[name]!(inputs);
      value = Array.from(data(computed));
      return tf.sum(tf.mul(computed, dy));
    });
    expectClose(value, flatten(testCase.value), on.engine.tolerance, 'value');
    expect([...result.gradients.keys()]).toEqual(trained);
    for (const [key, gradient] of result.gradients) {
      expect(gradient.shape, key).toEqual(inputs[key]!.shape);
      expectClose(data(gradient), testCase.gradients[key]!, on.engine.tolerance, `gradient of ${key}`);
    }
    disposeGradients(result.gradients);
    tf.dispose([result.value, dy, inputs]);
  });
});

it('cuts images into patches as a convolution of their size reads them', async () => {
  await openEngine('cpu');
  const { pixels, rows, ...image } = vector.patches;
  const cut = imagePatches({ ...image, pixels: Float32Array.from(pixels) }, image.side);
  expectClose(data(cut), rows, 1e-6, 'patches');
  cut.dispose();
});

describe.each(addedEngines)('kernels on %s, which replace the backend’s own', (backend) => {
  openedEngine(backend);
  const values = [-2, 0, 3, Number.NaN];

  it.each([
    { alpha: 0, expected: [0, 0, 1, Number.NaN] },
    { alpha: -1, expected: [-1, -1, 1, Number.NaN] },
    { alpha: 0.5, expected: [0.5, 0.5, 1, Number.NaN] },
  ])('step to $alpha below zero', ({ alpha, expected }) => {
    expect([...tf.tidy(() => tf.step(tf.tensor1d(values), alpha).dataSync())]).toEqual(expected);
  });

  it('take means along axes, of other types too', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 9], [2, 3]);
    expect(tf.tidy(() => tf.mean(x, 1).arraySync())).toEqual([2, 6]);
    expect(tf.tidy(() => tf.mean(x, [-2], true).arraySync())).toEqual([[2.5, 3.5, 6]]);
    expect(tf.tidy(() => tf.mean(tf.cast(x, 'int32')).arraySync())).toBe(4);
    x.dispose();
  });

  it('cast to another type alone', () => {
    const x = tf.tensor1d([1.5, -2.5]);
    expect(tf.tidy(() => tf.cast(x, 'int32').arraySync())).toEqual([1, -2]);
    const same = tf.cast(x, 'float32');
    x.dispose();
    expect(same.arraySync()).toEqual([1.5, -2.5]);
    same.dispose();
  });

  it('put a new axis anywhere', () => {
    const x = tf.zeros([2, 3]);
    expect([0, 1, 2, -1, -2].map((axis) => tf.tidy(() => tf.expandDims(x, axis).shape))).toEqual([
      [1, 2, 3],
      [2, 1, 3],
      [2, 3, 1],
      [2, 3, 1],
      [2, 1, 3],
    ]);
    x.dispose();
  });
});

describe('batched products on wasm, which replace the backend’s own', () => {
  openedEngine('wasm');
  const flags = [false, true];
  const sizes = [
    [64, 32, 64],
    [33, 17, 65],
    [1, 128, 200],
    [3, 2, 4],
  ] as const;
  const cases = flags.flatMap((transposeA) =>
    flags.flatMap((transposeB) => sizes.map(([m, k, n]) => ({ transposeA, transposeB, m, k, n }))),
  );
  it.each(cases)('$m x $k x $n, transposed: $transposeA, $transposeB', async ({ transposeA, transposeB, m, k, n }) => {
    const random = createRandom(4);
    const matrices = 6;
    const draw = (size: number) => Float32Array.from({ length: size }, () => random.normal());
    const [left, right] = [draw(matrices * m * k), draw(matrices * k * n)];
    const a = tf.tensor4d(left, [3, 2, ...(transposeA ? [k, m] : [m, k])] as [number, number, number, number]);
    const b = tf.tensor4d(right, [3, 2, ...(transposeB ? [n, k] : [k, n])] as [number, number, number, number]);
    const product = tf.matMul(a, b, transposeA, transposeB);
    const expected: number[] = [];
    for (let matrix = 0; matrix < matrices; matrix++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let c = 0; c < k; c++) {
            const x = left[matrix * m * k + (transposeA ? c * m + i : i * k + c)]!;
            sum += x * right[matrix * k * n + (transposeB ? j * k + c : c * n + j)]!;
          }
          expected.push(sum);
        }
      }
    }
    expect(product.shape).toEqual([3, 2, m, n]);
    expectClose(data(product), expected, 1e-5, 'product');
    tf.dispose([a, b, product]);
  });
});

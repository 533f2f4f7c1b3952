/**
 * @file FRoD: kernels of a role are written in one basis, and in it trained are the size of each direction and a few entries that turn
 * one direction into another. Source: doi 10.1609/aaai.v40i31.39813; as Python peft has it.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import {
  defineMethod,
  type InitPart,
  type LayerContext,
  type LayerGroup,
  type LayerShape,
  type WeightPart,
} from '../method.js';
import { constant, hostTensor } from '../parts/init/host.js';
import { drawPlaces } from '../parts/init/places.js';
import { numbersAt } from '../parts/weight/scattered.js';
import { chain } from '../tensor/chain.js';
import { columnNorms } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  density: z
    .number()
    .gt(0)
    .lte(1)
    .default(0.01)
    .describe('Trained turns of a layer, as a share of the pairs of directions'),
  regularization: z
    .number()
    .positive()
    .default(0.001)
    .describe('Ridge of the inverses that the common directions of a role are found by'),
});
type Config = z.infer<typeof config>;

/** Entries off the diagonal that are trained, at least one. */
function turnsOf({ in: n }: LayerShape, { density }: Config): number {
  return Math.min(Math.max(1, Math.floor(n * n * density)), n * (n - 1));
}

/**
 * `z·(diag(λ) + T)`, where T `[in, in]` has the turns at their places. T is made for the product, and in the backward pass Tᵀ, of places
 * turned about: no engine then turns a copy of it.
 */
function turned(z: Tensor2D, { tensors, products }: LayerContext<Config>): Tensor2D {
  const { frod_sizes, frod_turns, frod_places } = tensors as Record<string, Tensor>;
  const [, n] = z.shape;
  const turnsAt = (places: Tensor) =>
    chain(tf.cast(places, 'int32'), (whole) => tf.scatterND(whole, frod_turns!, [n, n])) as Tensor2D;
  const transposed = () => tf.tidy(() => turnsAt(tf.reverse(frod_places!, 1)));
  return fused<Tensor2D, { z: Tensor2D }>(
    [
      [z, (dy) => tf.add(tf.mul(dy, frod_sizes!), tf.matMul(dy as Tensor2D, transposed()))],
      [frod_sizes!, (dy, saved) => tf.sum(tf.mul(dy, saved.z), 0)],
      [
        frod_turns!,
        (dy, saved) => numbersAt(products.transposedTimes(saved.z, dy as Tensor2D), frod_places as Tensor2D),
      ],
    ],
    () => ({ value: tf.tidy(() => tf.add(tf.mul(z, frod_sizes!), tf.matMul(z, turnsAt(frod_places!)))), save: { z } }),
  );
}

/** `y = x·V·(diag(λ) + T)·U + b`: V and U stay, λ and the entries of T are trained. */
const inCommonDirections: WeightPart<Config> = {
  replacesKernel: true,
  tensors(layer, config) {
    const [n, turns] = [layer.in, turnsOf(layer, config)];
    return {
      frod_V: { shape: [n, n], trained: false, scope: 'group', inPeft: { each: 'base' } },
      // A turn has the direction that is read and the one that is written.
      // peft has the sides of T too.
      frod_places: {
        shape: [turns, 2],
        trained: false,
        index: true,
        scope: 'group',
        inPeft: { numbers: 2 * turns + 2 },
      },
      frod_U: { shape: [n, layer.out], trained: false, scope: 'layer', inPeft: { each: 'base' } },
      frod_sizes: { shape: [n], trained: true, scope: 'layer' },
      frod_turns: { shape: [turns], trained: true, scope: 'layer' },
    };
  },
  forward(x, { bias }, context) {
    const { frod_V, frod_U } = context.tensors as Record<string, Tensor2D>;
    const { matMul } = context.products;
    const y = matMul(turned(matMul(x, frod_V!), context), frod_U!);
    return bias ? tf.add(y, bias) : y;
  },
  kernel(_, context) {
    const { frod_V, frod_U } = context.tensors as Record<string, Tensor2D>;
    return context.products.matMul(turned(frod_V!, context), frod_U!);
  },
  linear: () => true,
  multiplies: (layer) => [
    { columns: layer.in, of: ['frod_V'] },
    { columns: layer.in, of: ['frod_turns'] },
    { columns: layer.out, of: ['frod_U'] },
  ],
  activations(layer, config) {
    const [n, turns] = [layer.in, turnsOf(layer, config)];
    return {
      perRow: n,
      fixed: 0,
      // Two summands and the sum, T with its places.
      transient: { perRow: 3 * n, fixed: n * n + 2 * turns },
      // Besides the gradient after the turns: two products, their sum, and Tᵀ.
      backward: { perRow: 3 * n, fixed: n * n + 2 * turns },
      // In types of half the width, where T is made whole of places of 64 bits; sizes and turns are in the type of the products.
      inPeft: {
        ...{ perRow: 0, fixed: 4 * turns, basePerRow: n, baseForInput: n * n },
        casts: { fixed: 2 * turns, forInput: n },
      },
    };
  },
};

/** Directions that the layers of a role have in common. */
interface Directions {
  V: Matrix;
  /** `V⁻¹` */
  inverse: Matrix;
}

const found = new WeakMap<LayerGroup, Directions>();

/** Scatter matrices have eigenvalues of this share of the largest by rounding alone. */
const ROUNDING = 1e-13;

const eigenOf = (symmetric: Matrix) => {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return { vectors: eigenvectorMatrix, values: realEigenvalues };
};

/** The entry of largest magnitude of every column is positive. */
function withSigns({ V, inverse }: Directions): Directions {
  for (let column = 0; column < V.columns; column += 1) {
    const most = V.getColumn(column).reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    if (most > 0) continue;
    V.mulColumn(column, -1);
    inverse.mulRow(column, -1);
  }
  return { V, inverse };
}

/**
 * Common directions of the inputs of kernels: with `Σ Kᵢ·Kᵢᵀ = Rᵀ·R` and `Sᵢ` the share of a kernel in the coordinates of R, `V = Rᵀ·E`,
 * where E are eigenvectors of the mean of `(Sᵢ + ridge)⁻¹`. Directions that no kernel reads are added. Where there are fewer outputs of all
 * layers together than inputs, they are singular vectors of the kernels side by side.
 */
function directionsOf(kernels: Iterable<Matrix>, ridge: number): Directions {
  let scatter: Matrix | undefined;
  let outputs = 0;
  for (const kernel of kernels) {
    const own = kernel.mmul(kernel.transpose());
    scatter = scatter ? scatter.add(own) : own;
    outputs += kernel.columns;
  }
  const { vectors, values } = eigenOf(scatter!);
  const n = vectors.rows;
  // Eigenvalues ascend.
  const unread = values.filter((value) => value <= ROUNDING * values[n - 1]!).length;
  if (outputs < n || unread === n) {
    const V = vectors.subMatrixColumn(Array.from({ length: n }, (_, column) => n - 1 - column));
    return withSigns({ V, inverse: V.transpose() });
  }
  const lengths = values.map((value, index) => (index < unread ? 1 : Math.sqrt(value)));
  const read = (matrix: Matrix) => matrix.subMatrix(0, n - 1, unread, n - 1);
  const whitening = read(vectors.clone().divRowVector(lengths));
  let mean = Matrix.zeros(n - unread, n - unread);
  let layers = 0;
  for (const kernel of kernels) {
    const own = whitening.transpose().mmul(kernel);
    const share = own.mmul(own.transpose());
    for (let index = 0; index < share.rows; index += 1) share.set(index, index, share.get(index, index) + ridge);
    mean = mean.add(inverse(share));
    layers += 1;
  }
  const { vectors: turns } = eigenOf(mean.div(layers));
  const V = read(vectors.clone().mulRowVector(lengths)).mmul(turns);
  const back = turns.transpose().mmul(whitening.transpose());
  if (unread === 0) return withSigns({ V, inverse: back });
  const others = vectors.subMatrix(0, n - 1, 0, unread - 1);
  return withSigns({
    V: new Matrix(V.to2DArray().map((row, index) => [...row, ...others.getRow(index)])),
    inverse: new Matrix([...back.to2DArray(), ...others.transpose().to2DArray()]),
  });
}

/** λ are the lengths of the rows of `V⁻¹·K`, U these rows at length 1, and no direction turns into another: that is the kernel. */
const ofTheKernels: InitPart<Config> = {
  layer({ shape, kernel, config, group = { kernels: [kernel] }, random }) {
    const { V, inverse } = found.get(group) ?? directionsOf(group.kernels, config.regularization);
    found.set(group, { V, inverse });
    const rows = inverse.mmul(kernel);
    const sizes = columnNorms(rows.transpose()).map((size) => (size > 1e-12 ? size : 0));
    const turns = turnsOf(shape, config);
    const n = shape.in;
    // Places off the diagonal, row by row.
    const places = drawPlaces(n * (n - 1), turns, random).flatMap((place) => {
      const [row, column] = [Math.floor(place / (n - 1)), place % (n - 1)];
      return [row, column < row ? column : column + 1];
    });
    return {
      tensors: {
        frod_V: hostTensor(V),
        frod_places: { shape: [turns, 2], values: Float32Array.from(places) },
        frod_U: hostTensor(rows.mulColumnVector(sizes.map((size) => (size > 0 ? 1 / size : 0)))),
        frod_sizes: { shape: [n], values: Float32Array.from(sizes) },
        frod_turns: constant([turns], 0),
      },
    };
  },
};

export const frod = defineMethod({
  name: 'frod',
  title: 'FRoD',
  paper: {
    title: 'FRoD: Full-Rank Efficient Fine-Tuning with Rotational Degrees for Fast Convergence',
    year: 2026,
  },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it, with places of its own and without dropout, for which peft reads the kernel besides; peft keeps no U in its files, so that it leaves merged; no published result was checked',
  },
  summary: 'Writes the kernels of a role in common directions, and trains their sizes and a few turns between them.',
  parameterFormula: 'in + turns',
  memoryFormula: '4·trained + in·out + rows·in (+ in·in + 2·turns once)',
  symbols: (layer, config) => ({ turns: turnsOf(layer, config) }),
  config,
  usesRank: false,
  unfit: ({ in: n }) => (n < 2 ? 'density: one input has no other that it could turn into; 2 have' : undefined),
  startsAtBase: true,
  weight: inCommonDirections,
  init: ofTheKernels,
  peftConfig: {
    type: 'FROD',
    settings: ({ density, regularization }) => ({
      sparse_rate: density,
      regularization_alpha: regularization,
      frod_dropout: 0,
      bias: 'none',
      init_weights: true,
    }),
    config: ({ sparse_rate, regularization_alpha }) => ({
      density: sparse_rate,
      regularization: regularization_alpha,
    }),
    trainingOnly: ['projection_prng_key', 'progressbar', 'runtime_offload_base_weight'],
    filesOnly: ['save_projection'],
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});

/**
 * @file SST, sparse spectral training: every kernel is held as its singular value decomposition. All singular values are
 * trained, and of the singular vectors a few that are drawn anew every so often. Source: arXiv 2405.15481.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import {
  defineMethod,
  type InitPart,
  type LayerContext,
  type LayerShape,
  type RankPart,
  type SteppedLayer,
  type Tensors,
  type WeightPart,
} from '../method.js';
import { detached } from '../parts/autodiff.js';
import { hostTensor } from '../parts/init/host.js';
import { read } from '../parts/rank/read.js';
import { besidesTargetedKernels } from '../parts/trained-base.js';
import { toDevice } from '../tensor/host.js';
import { truncatedSvd } from '../tensor/linalg.js';
import type { Random } from '../tensor/random.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z
    .int()
    .min(1)
    .default(8)
    .describe('Pairs of singular vectors r that are trained at a time, fewer than there are'),
  interval: z.int().min(1).default(20).describe('Steps until others are drawn'),
  rewarm: z
    .number()
    .min(0)
    .lt(1)
    .default(0.1)
    .describe('Share of the interval over which the learning rate rises again'),
});
type Config = z.infer<typeof config>;

const pairsOf = (layer: LayerShape) => Math.min(layer.in, layer.out);

/** Draws until all pairs are expected to have been trained: then the decomposition is made anew. */
const roundOf = (layer: LayerShape, { rank }: Config) => Math.ceil(pairsOf(layer) / rank);

const partsOf = (tensors: Tensors) => ({
  /** `[in, m]` and `[m, out]`, with zeros where a pair is trained. */
  u: tensors.sst_U as Tensor2D,
  v: tensors.sst_V as Tensor2D,
  sigma: tf.reshape(tensors.sst_sigma as Tensor1D, [1, -1]) as Tensor2D,
  activeU: tensors.sst_active_U as Tensor2D,
  activeV: tensors.sst_active_V as Tensor2D,
});

/** `[r, m]`: row k has its one 1 where the k-th trained pair belongs. */
const selection = ({ sst_active, sst_sigma }: Tensors): Tensor2D =>
  tf.oneHot(tf.cast(sst_active as Tensor1D, 'int32'), sst_sigma!.size) as Tensor2D;

/**
 * `((x·U) ⊙ σ)·V + b`, and the same of the trained pairs. The gradients of these leave σ out, so that directions are
 * learnt as fast where a singular value is small: ∇U = xᵀ·(g·Vᵀ), ∇V = (x·U)ᵀ·g. Those of x and σ are the true ones.
 */
function spectralForward(
  x: Tensor2D,
  bias: Tensor1D | undefined,
  { tensors, products: { matMul } }: LayerContext<Config>,
) {
  const { u, v, sigma, activeU, activeV } = partsOf(tensors);
  const [heldU, heldV, heldX] = [activeU, activeV, x].map((tensor) => detached(() => tensor.clone()));
  const coordinates = matMul(x, heldU!);
  const value = tf.tidy(() => {
    const whole = tf.tidy(() => matMul(tf.mul(matMul(x, u), sigma), v));
    const trained = tf.mul(coordinates, matMul(sigma, tf.transpose(selection(tensors)))) as Tensor2D;
    return tf.add(whole, matMul(trained, heldV!));
  });
  const along = tf.tidy(() =>
    tf.add(
      matMul(matMul(heldX!, activeU), heldV!),
      matMul(
        detached(() => coordinates.clone()),
        activeV,
      ),
    ),
  );
  const y = tf.tidy(() =>
    tf.add(
      value,
      tf.sub(
        along,
        detached(() => along.clone()),
      ),
    ),
  );
  tf.dispose([value, along]);
  return (bias ? tf.add(y, bias) : y) as Tensor2D;
}

const spectral: WeightPart<Config> = {
  replacesKernel: true,
  tensors(layer, { rank }) {
    const pairs = pairsOf(layer);
    return {
      sst_sigma: { shape: [pairs], trained: true, scope: 'layer' },
      sst_active_U: { shape: [layer.in, rank], trained: true, scope: 'layer' },
      sst_active_V: { shape: [rank, layer.out], trained: true, scope: 'layer' },
      sst_U: { shape: [layer.in, pairs], trained: false, scheduled: true, scope: 'layer' },
      sst_V: { shape: [pairs, layer.out], trained: false, scheduled: true, scope: 'layer' },
      sst_active: { shape: [rank], trained: false, scheduled: true, scope: 'layer' },
    };
  },
  forward: (x, { bias }, context) => spectralForward(x, bias, context),
  kernel(_, { tensors, products: { matMul } }) {
    const { u, v, sigma, activeU, activeV } = partsOf(tensors);
    const own = matMul(sigma, tf.transpose(selection(tensors)));
    return tf.add(matMul(tf.mul(u, sigma), v), matMul(tf.mul(activeU, own), activeV));
  },
  activations(layer, { rank }) {
    const pairs = pairsOf(layer);
    return {
      // Coordinates of x along all pairs.
      perRow: pairs + rank,
      // Where the trained pairs belong, and their singular values.
      fixed: rank * pairs + rank,
      keepsInput: true,
      // The value, and both terms that trained vectors have with their sum.
      transient: { perRow: 4 * layer.out, fixed: 0 },
      // The gradients of x on both ways and of its coordinates with two products, and a turned matrix of vectors.
      backward: { perRow: layer.in + layer.out + 3 * pairs, fixed: pairs * Math.max(layer.in, layer.out) },
    };
  },
};

/** Singular values, and which pairs are trained with what is left of the others. */
function spectralTensors({ left, values, right }: ReturnType<typeof truncatedSvd>, active: readonly number[]) {
  const [u, v] = [left.clone(), right.transpose()];
  const columns = active.map((index) => left.getColumn(index));
  const rows = active.map((index) => right.getColumn(index));
  for (const index of active) {
    u.mulColumn(index, 0);
    v.mulRow(index, 0);
  }
  return {
    sst_sigma: { shape: [values.length], values: Float32Array.from(values) },
    sst_active_U: hostTensor(new Matrix(columns).transpose()),
    sst_active_V: hostTensor(new Matrix(rows)),
    sst_U: hostTensor(u),
    sst_V: hostTensor(v),
    sst_active: { shape: [active.length], values: Float32Array.from(active) },
  };
}

/** `count` different pairs, one after another with the probabilities `½·(1/m + σᵢ/Σσ)` of those that are left; ascending. */
function drawPairs(sigma: ArrayLike<number>, count: number, random: Random): number[] {
  const total = Array.from(sigma).reduce((sum, value) => sum + value, 0);
  const uniform = 1 / sigma.length;
  const weights = Array.from(sigma, (value) => (uniform + (total > 0 ? value / total : uniform)) / 2);
  const chosen: number[] = [];
  while (chosen.length < count) {
    const left = weights.flatMap((_, index) => (chosen.includes(index) ? [] : [index]));
    const at = random.uniform() * left.reduce((sum, index) => sum + weights[index]!, 0);
    let sum = 0;
    const drawn = left.find((index) => {
      sum += weights[index]!;
      return at < sum;
    });
    chosen.push(drawn ?? left.at(-1)!);
  }
  return chosen.sort((one, other) => one - other);
}

const decomposed: InitPart<Config> = {
  layer({ shape, kernel, config: { rank }, random }) {
    const svd = truncatedSvd(kernel, pairsOf(shape));
    return { tensors: spectralTensors(svd, drawPairs(svd.values, rank, random)) };
  },
};

/** Columns, or rows, of length 1. */
const unit = (vectors: Tensor2D, axis: 0 | 1): Tensor2D =>
  tf.tidy(() => tf.div(vectors, tf.maximum(tf.sqrt(tf.sum(tf.square(vectors), axis, true)), 1e-12)));

/** σ ≥ 0 and trained vectors of length 1, as the optimizer's update is to be taken. */
const constrained = ({ sst_sigma, sst_active_U, sst_active_V }: Tensors) => ({
  sst_sigma: tf.relu(sst_sigma as Tensor1D),
  sst_active_U: unit(sst_active_U as Tensor2D, 0),
  sst_active_V: unit(sst_active_V as Tensor2D, 1),
});

/** All pairs with the trained ones among them. */
const together = (tensors: Tensors) =>
  tf.tidy(() => {
    const { u, v, activeU, activeV } = partsOf(tensors);
    const places = selection(tensors);
    return { u: tf.add(u, tf.matMul(activeU, places)), v: tf.add(v, tf.matMul(tf.transpose(places), activeV)) };
  }) as { u: Tensor2D; v: Tensor2D };

/** Other pairs are trained from now on. The vectors stay, to the bit. */
async function redrawn(tensors: Tensors, rank: number, random: Random) {
  const sigma = await read(() => tensors.sst_sigma!.clone());
  const active = tf.tensor1d(drawPairs(sigma, rank, random));
  const { u, v } = together(tensors);
  const next = tf.tidy(() => {
    const places = selection({ ...tensors, sst_active: active });
    const others = tf.sub(1, tf.sum(places, 0, true));
    return {
      sst_active_U: tf.matMul(u, tf.transpose(places)),
      sst_active_V: tf.matMul(places, v),
      sst_U: tf.mul(u, others),
      sst_V: tf.mul(v, tf.transpose(others)),
    };
  });
  tf.dispose([u, v]);
  return { ...next, sst_sigma: tensors.sst_sigma!.clone(), sst_active: active };
}

/** The same kernel with orthonormal vectors again, and others trained. */
async function redecomposed({ in: inputs, out }: LayerShape, tensors: Tensors, rank: number, random: Random) {
  const { u, v } = together(tensors);
  const kernel = await read(() => tf.matMul(tf.mul(u, tensors.sst_sigma!), v));
  tf.dispose([u, v]);
  const svd = truncatedSvd(Matrix.from1DArray(inputs, out, kernel), Math.min(inputs, out));
  const next = spectralTensors(svd, drawPairs(svd.values, rank, random));
  return Object.fromEntries(Object.entries(next).map(([name, value]) => [name, toDevice(value)]));
}

const sampling: RankPart<Config> = {
  init: () => ({}),
  pace(step, _, { interval, rewarm }) {
    const since = (step - 1) % interval;
    const rising = Math.ceil(rewarm * interval);
    return step <= interval || since >= rising ? 1 : (since + 1) / (rising + 1);
  },
  async after({ step, layers, config, state, random }) {
    const redraws = step % config.interval === 0;
    const ends = ({ shape }: SteppedLayer) => redraws && (step / config.interval) % roundOf(shape, config) === 0;
    async function* inTurn() {
      for (const layer of layers) {
        const { path, shape, tensors } = layer;
        const bounded = constrained(tensors);
        if (!redraws) {
          yield [path, bounded] as const;
          continue;
        }
        const stream = random.fork(`pairs/${path}`);
        const now = { ...tensors, ...bounded };
        const remake = ends(layer) ? redecomposed(shape, now, config.rank, stream) : redrawn(now, config.rank, stream);
        const next = await remake;
        tf.dispose(Object.values(bounded));
        yield [path, next] as const;
      }
    }
    const replaced = inTurn();
    if (!redraws) return { state, replaced };
    // Shares of the moments to forget; those of singular values go too where the decomposition was made anew.
    const shares = (layer: SteppedLayer) => ({
      sst_active_U: 1,
      sst_active_V: 1,
      ...(ends(layer) && { sst_sigma: 1 }),
    });
    return { state, replaced, forgotten: new Map(layers.map((layer) => [layer.path, shares(layer)])) };
  },
  memory(layers, { rank }) {
    // One layer at a time holds all pairs, and the next tensors.
    const sizes = layers.map(({ shape }) => (2 * pairsOf(shape) + 2 * rank) * (shape.in + shape.out));
    return { state: 0, workspace: Math.max(...sizes) };
  },
};

export const sst = defineMethod({
  name: 'sst',
  title: 'SST',
  purposes: ['pretrain'],
  paper: {
    title: 'Sparse Spectral Training and Inference on Euclidean and Hyperbolic Neural Networks',
    arxiv: '2405.15481',
    year: 2024,
  },
  evidence: {
    level: 'partial',
    reason:
      'Neither the paper nor its code could be read: the algorithm is that of a summary, and interval, round and warm-up are ours',
  },
  paperClaims: [
    {
      text: 'LLaMA of 1.3 B, 18.7 % of the parameters trained: 97.4 % less of the gap in perplexity between other low-rank methods and full rank',
      source: 'arXiv 2405.15481, abstract of version 3',
      compare: { scale: { parameters: 1.3e9 }, method: 'relora', measure: 'score', kind: 'pretrain' },
    },
    {
      text: 'OPT of 125 M: 67.6 % less of that gap',
      source: 'arXiv 2405.15481, abstract of version 1',
      untold: 'A share of a gap takes three contenders, and a board is asked about two',
    },
  ],
  summary:
    'Holds kernels as singular value decompositions and trains all values and a few vectors, others every so often.',
  parameterFormula: 'r·(in + out) + min(in, out) + out',
  memoryFormula: '4·trained + min(in, out)·(in + out) + rows·(in + min(in, out) + r) + r·min(in, out) + 2·r',
  config,
  clocks: { interval: { action: 'draws other directions', at: 'after' } },
  usesRank: true,
  maxRank: (layer) => pairsOf(layer) - 1,
  startsAtBase: true,
  trainsBase: besidesTargetedKernels,
  weight: spectral,
  init: decomposed,
  rank: sampling,
  learningRates: [1e-3, 3e-3, 1e-2],
});

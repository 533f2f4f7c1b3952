/**
 * @file AdaMSS: outputs are put into groups by what the kernel makes of them, and each group has a low-rank update within the leading
 * directions of the inputs. Source: NeurIPS 2025; as Python peft has it.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { fused } from '../engine/fused.js';
import { defineMethod, type InitPart, type LayerContext, type LayerShape, type WeightPart } from '../method.js';
import { constant, hostTensor } from '../parts/init/host.js';
import { kMeans } from '../parts/init/k-means.js';
import { leadingBasis, truncatedSvd, withRow } from '../tensor/linalg.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z
    .int()
    .min(1)
    .default(100)
    .describe('Leading directions of the inputs that updates read; a layer with fewer has as many as it can'),
  subspaces: z.int().min(1).default(5).describe('Groups that the outputs of a layer are put into'),
  subspaceRank: z.int().min(1).default(1).describe('Rank of the update of each group'),
});
type Config = z.infer<typeof config>;

/** Directions that are read, of kernel and bias together. */
const directions = (layer: LayerShape, { rank }: Config) => Math.min(rank, layer.in + Number(layer.bias), layer.out);
const groupsOf = (layer: LayerShape, { subspaces }: Config) => Math.min(subspaces, layer.out);
const inner = (layer: LayerShape, config: Config) => groupsOf(layer, config) * config.subspaceRank;

/** `[groups·s, out]` from `[s, out]`: rows of a group have its own outputs, and zeros elsewhere. */
function apart(rows: Tensor2D, groups: Tensor1D, count: number): Tensor2D {
  const [s, out] = rows.shape;
  // Made anew in the backward pass, where it is read again.
  const own = () => {
    const each = tf.equal(tf.expandDims(groups, 0), tf.expandDims(tf.range(0, count), 1));
    return tf.expandDims(tf.cast(each, 'float32'), 1);
  };
  const gradient = (dy: Tensor) => tf.sum(tf.mul(tf.reshape(dy, [count, s, out]), own()), 0);
  return fused<Tensor2D, Record<string, Tensor>>([[rows, gradient]], () => ({
    value: tf.tidy(() => tf.reshape(tf.mul(tf.expandDims(rows, 0), own()), [count * s, out])),
    save: {},
  }));
}

function factors({ shape }: { shape: LayerShape }, { tensors, config }: LayerContext<Config>) {
  return {
    a: tensors.adamss_A as Tensor2D,
    b: apart(tensors.adamss_B as Tensor2D, tensors.adamss_groups as Tensor1D, groupsOf(shape, config)),
  };
}

/**
 * `y = x·W + b + (x·V + v)·A·B`, in which outputs of a group are made of its own columns of A alone. `[V; v]` are the leading
 * directions of `[W; b]` and stay; A and B are trained.
 */
const grouped: WeightPart<Config> = {
  tensors(layer, config) {
    const k = directions(layer, config);
    return {
      adamss_V: { shape: [layer.in, k], trained: false, scope: 'layer' },
      ...(layer.bias && { adamss_shift: { shape: [k], trained: false, scope: 'layer' } }),
      // peft leaves them on the host.
      adamss_groups: { shape: [layer.out], trained: false, index: true, scope: 'layer', inPeft: { numbers: 0 } },
      adamss_A: { shape: [k, inner(layer, config)], trained: true, scope: 'layer', side: 'input' },
      adamss_B: { shape: [config.subspaceRank, layer.out], trained: true, scope: 'layer', side: 'output' },
    };
  },
  forward(x, base, context) {
    const { matMul } = context.products;
    const { adamss_V, adamss_shift } = context.tensors;
    const { a, b } = factors(base, context);
    const output = base.forward(x);
    const read = matMul(context.dropout(x), adamss_V as Tensor2D);
    const shifted = adamss_shift ? tf.add(read, adamss_shift as Tensor1D) : read;
    return tf.add(output, matMul(matMul(shifted as Tensor2D, a), b));
  },
  kernel(base, context) {
    const { matMul } = context.products;
    const { a, b } = factors(base, context);
    return tf.add(base.kernel, matMul(matMul(context.tensors.adamss_V as Tensor2D, a), b));
  },
  bias(base, context) {
    if (!base.bias) return undefined;
    const { matMul } = context.products;
    const { a, b } = factors(base, context);
    const shift = tf.expandDims(context.tensors.adamss_shift as Tensor1D, 0) as Tensor2D;
    return tf.add(base.bias, tf.squeeze(matMul(matMul(shift, a), b), [0])) as Tensor1D;
  },
  multiplies: (layer, config) => [
    { columns: directions(layer, config), of: ['adamss_V'] },
    { columns: inner(layer, config), of: ['adamss_A'] },
    { columns: layer.out, of: ['adamss_B'] },
  ],
  activations(layer, config) {
    const [k, c] = [directions(layer, config), inner(layer, config)];
    return {
      perRow: k + c,
      fixed: c * layer.out,
      baseFirst: true,
      dropsInput: true,
      // Two outputs, and what is read before the shift.
      beside: { perRow: 2 * layer.out + (layer.bias ? k : 0), fixed: 0 },
      // Everything in the type of the base, copies of the directions and of both factors too.
      inPeft: {
        ...{ perRow: 0, fixed: 0, basePerRow: k + c },
        casts: { fixed: config.subspaceRank * layer.out, forInput: k * (layer.in + Number(layer.bias) + c) },
      },
    };
  },
};

/** Most steps of the search for groups. */
const GROUPING_STEPS = 10;

/**
 * Directions from the SVD of `[W; b]`, to which peft comes near by power iterations; groups of what the kernel makes in them, for each group the directions that it uses most, and a
 * B of zero. A group of fewer outputs than its rank has columns of zero, which stay zero: it has no update of a higher rank.
 */
const ofTheKernel: InitPart<Config> = {
  layer({ shape, kernel, bias, config, random }) {
    const [k, count, s] = [directions(shape, config), groupsOf(shape, config), config.subspaceRank];
    const { left, right } = truncatedSvd(bias ? withRow(kernel, bias) : kernel, k);
    const groups = kMeans(right, count, { most: GROUPING_STEPS, random });
    const a = Matrix.zeros(k, count * s);
    for (let group = 0; group < count; group += 1) {
      const own = groups.flatMap((each, output) => (each === group ? [output] : []));
      if (own.length === 0) continue;
      const used = leadingBasis(right.subMatrixRow(own).transpose(), Math.min(s, own.length));
      a.setSubMatrix(used, 0, group * s);
    }
    return {
      tensors: {
        adamss_V: hostTensor(left.subMatrix(0, shape.in - 1, 0, k - 1)),
        ...(bias && { adamss_shift: { shape: [k], values: Float32Array.from(left.getRow(shape.in)) } }),
        adamss_groups: { shape: [shape.out], values: Float32Array.from(groups) },
        adamss_A: hostTensor(a),
        adamss_B: constant([s, shape.out], 0),
      },
    };
  },
};

function unfit(layer: LayerShape, config: Config): string | undefined {
  const most = directions(layer, config);
  if (config.subspaceRank <= most) return undefined;
  return `subspaceRank: ${config.subspaceRank} is above ${most}, the directions that are read of a ${layer.in}×${layer.out} kernel`;
}

export const adamss = defineMethod({
  name: 'adamss',
  title: 'AdaMSS',
  paper: { title: 'AdaMSS: Adaptive Multi-Subspace Approach for Parameter-Efficient Fine-Tuning', year: 2025 },
  evidence: {
    level: 'partial',
    reason:
      'As Python peft has it, with exact directions and equal ranks, and without giving up groups in training (ASA); peft finds groups by another generator of chance and keeps them in no file, so that it leaves merged; no published result was checked',
  },
  summary: 'Groups the outputs of each kernel, and gives each group a small update within the leading directions.',
  parameterFormula: 'subspaceRank·(c·k + out)',
  memoryFormula: '4·trained + k·(in + b) + out + rows·(k + c·subspaceRank) + c·subspaceRank·out',
  symbols: (layer, config) => ({
    k: directions(layer, config),
    c: groupsOf(layer, config),
    b: Number(layer.bias),
  }),
  config,
  usesRank: true,
  unfit,
  startsAtBase: true,
  weight: grouped,
  init: ofTheKernel,
  peftConfig: {
    type: 'ADAMSS',
    settings: ({ rank, subspaces, subspaceRank }) => ({
      r: rank,
      num_subspaces: subspaces,
      subspace_rank: subspaceRank,
      init_weights: 'orthogonal',
      use_asa: false,
      use_dynamic_rank: false,
    }),
    config: ({ r, num_subspaces, subspace_rank }) => ({
      rank: r,
      subspaces: num_subspaces,
      subspaceRank: subspace_rank,
    }),
    trainingOnly: [
      'random_seed',
      // Read only where `use_dynamic_rank` or `use_asa` is set.
      'svd_threshold',
      'asa_target_subspaces',
      'init_warmup',
      'final_warmup',
      'mask_interval',
      'asa_importance_beta',
      'asa_uncertainty_beta',
      'asa_schedule_exponent',
    ],
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});

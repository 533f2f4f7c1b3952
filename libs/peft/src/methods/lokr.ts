/** @file LoKr: the update is the Kronecker product of a small matrix and a larger, usually low-rank one. */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { transposed } from '../export/form.js';
import { defineMethod, type HostTensor, type InitPart, type LayerContext, type LayerShape } from '../method.js';
import { constant, uniform } from '../parts/init/host.js';
import { alphaField } from '../parts/weight/alpha.js';
import { denseUpdate } from '../parts/weight/dense-update.js';
import { tf } from '../tensor/tf.js';

const config = z.strictObject({
  rank: z
    .int()
    .min(1)
    .default(8)
    .describe('Rank of a factor; a factor with a side of at most twice that is kept whole'),
  alpha: alphaField('The update is multiplied by alpha / rank'),
  decomposeBoth: z.boolean().default(false).describe('The small factor may be a low-rank product too'),
  decomposeFactor: z
    .int()
    .min(1)
    .optional()
    .describe('Both sides of the small factor are this, or close to it. Default: close to the root of each side'),
});
type Config = z.infer<typeof config>;

/**
 * Two divisors `small ≤ large` of a side, as Python peft and LyCORIS choose them: the given factor where it divides (it
 * may then be the larger), otherwise the most balanced pair whose small divisor is not above the factor.
 */
function split(side: number, factor: number | undefined): [number, number] {
  if (factor !== undefined && side % factor === 0) return [factor, side / factor];
  const most = Math.min(factor ?? side, Math.floor(Math.sqrt(side)));
  const small = Array.from({ length: most }, (_, index) => most - index).find((divisor) => side % divisor === 0)!;
  return [small, side / small];
}

interface Factor {
  in: number;
  out: number;
  /** Made of `[in, rank]·[rank, out]`. */
  product: boolean;
}

function factorsOf(layer: LayerShape, { rank, decomposeBoth, decomposeFactor }: Config): Record<'w1' | 'w2', Factor> {
  const [smallIn, largeIn] = split(layer.in, decomposeFactor);
  const [smallOut, largeOut] = split(layer.out, decomposeFactor);
  return {
    w1: { in: smallIn, out: smallOut, product: decomposeBoth && rank < Math.max(smallIn, smallOut) / 2 },
    w2: { in: largeIn, out: largeOut, product: rank < Math.max(largeIn, largeOut) / 2 },
  };
}

/** Shapes of a factor's tensors. `_a` is the output side and `_b` the input side: names as in Python peft. */
const shapesOf = (name: string, factor: Factor, rank: number): Record<string, number[]> =>
  factor.product
    ? { [`lokr_${name}_a`]: [rank, factor.out], [`lokr_${name}_b`]: [factor.in, rank] }
    : { [`lokr_${name}`]: [factor.in, factor.out] };

const entriesOf = (factor: Factor, rank: number) =>
  factor.product ? rank * (factor.in + factor.out) : factor.in * factor.out;

function allShapes(layer: LayerShape, config: Config): Record<string, number[]> {
  const { w1, w2 } = factorsOf(layer, config);
  return { ...shapesOf('w1', w1, config.rank), ...shapesOf('w2', w2, config.rank) };
}

function value(name: string, { product }: Factor, { tensors, products }: LayerContext<Config>): Tensor2D {
  return product
    ? products.matMul(tensors[`lokr_${name}_b`] as Tensor2D, tensors[`lokr_${name}_a`] as Tensor2D)
    : (tensors[`lokr_${name}`] as Tensor2D);
}

/** Floats of the scaled small factor, the scale, and the large factor where it is a product. */
function keptFactors(layer: LayerShape, config: Config): number {
  const { w1, w2 } = factorsOf(layer, config);
  return w1.in * w1.out + 1 + (w2.product ? w2.in * w2.out : 0);
}

/** `ΔW = s · w1 ⊗ w2`: entry `(m·in₂ + n, l·out₂ + k)` is `s · w1[m, l] · w2[n, k]`. */
const kronecker = denseUpdate<Config>({
  tensors: (layer, config) =>
    Object.fromEntries(
      Object.entries(allShapes(layer, config)).map(([name, shape]) => [name, { shape, trained: true, scope: 'layer' }]),
    ),
  update({ shape: layer }, context) {
    const { config, products } = context;
    const { w1, w2 } = factorsOf(layer, config);
    const small = tf.mul(value('w1', w1, context), config.alpha / config.rank);
    const outer = products.matMul(
      tf.reshape(small, [w1.in * w1.out, 1]),
      tf.reshape(value('w2', w2, context), [1, w2.in * w2.out]),
    );
    const placed = tf.transpose(tf.reshape(outer, [w1.in, w1.out, w2.in, w2.out]), [0, 2, 1, 3]);
    return tf.reshape(placed, [layer.in, layer.out]);
  },
  made(layer, config) {
    const { w1, w2 } = factorsOf(layer, config);
    const names = (name: string, factor: Factor) => Object.keys(shapesOf(name, factor, config.rank));
    const outer = { rows: w1.in * w1.out, inner: 1, columns: w2.in * w2.out };
    const ofFactor = (name: string, factor: Factor) =>
      factor.product
        ? [
            {
              ...{ rows: factor.in, inner: config.rank, columns: factor.out },
              left: [`lokr_${name}_b`],
              right: [`lokr_${name}_a`],
            },
          ]
        : [];
    return [{ ...outer, left: names('w1', w1), right: names('w2', w2) }, ...ofFactor('w1', w1), ...ofFactor('w2', w2)];
  },
  keeps: keptFactors,
  inPeft: (layer) => ({ perRow: 0, fixed: 0, forInput: layer.in * layer.out }),
  // ΔW before its entries are in their places.
  beside: (layer) => layer.in * layer.out,
});

/** The small factor (its output side, where it is a product) is zero; all else uniform on ±1/√fan-in. */
const zeroFactor: InitPart<Config> = {
  layer({ shape, config, random }) {
    const first = (name: string, size: number[]): HostTensor =>
      name === 'lokr_w1' || name === 'lokr_w1_a' ? constant(size, 0) : uniform(size, 1 / Math.sqrt(size[0]!), random);
    const tensors = Object.entries(allShapes(shape, config)).map(([name, size]) => [name, first(name, size)]);
    return { tensors: Object.fromEntries(tensors) };
  },
};

export const lokr = defineMethod({
  name: 'lokr',
  title: 'LoKr',
  paper: {
    title: 'Navigating Text-To-Image Customization: From LyCORIS Fine-Tuning to Model Evaluation',
    arxiv: '2309.14859',
    year: 2023,
  },
  evidence: { level: 'partial', reason: 'No published result for fine-tuning language models was checked' },
  summary: 'A Kronecker product of a small and a low-rank matrix: high rank from very few parameters.',
  parameterFormula: 'w1 + w2',
  memoryFormula: '4·trained + rows·in + in·out + dense',
  symbols(layer, config) {
    const { w1, w2 } = factorsOf(layer, config);
    const sizes = { w1: entriesOf(w1, config.rank), w2: entriesOf(w2, config.rank) };
    return { ...sizes, dense: keptFactors(layer, config) };
  },
  config,
  usesRank: true,
  startsAtBase: true,
  weight: kronecker,
  init: zeroFactor,
  peft: {
    type: 'LOKR',
    settings: ({ rank, alpha, decomposeBoth, decomposeFactor = -1 }) => ({
      r: rank,
      alpha,
      rank_dropout: 0,
      module_dropout: 0,
      decompose_both: decomposeBoth,
      decompose_factor: decomposeFactor,
      init_weights: true,
    }),
    config: ({ r, alpha, decompose_both: decomposeBoth, decompose_factor: factor }) => ({
      rank: r,
      alpha,
      decomposeBoth,
      ...(factor === -1 ? {} : { decomposeFactor: factor }),
    }),
    trainingOnly: ['rank_dropout', 'module_dropout', 'init_weights'],
    tensors: Object.fromEntries(
      ['lokr_w1', 'lokr_w1_a', 'lokr_w1_b', 'lokr_w2', 'lokr_w2_a', 'lokr_w2_b'].map((name) => [
        name,
        transposed(name),
      ]),
    ),
  },
  learningRates: [1e-3, 3e-3, 1e-2],
});

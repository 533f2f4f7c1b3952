/**
 * @file Low-rank update `ΔW = s·A·B` with both factors trained: the weight of LoRA and of everything that changes only
 * its scale or first values. Source: arXiv 2106.09685, equation 3.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { LayerShape, LowRankForm, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';

/** A low-rank update but for how its factors come about. */
interface Factored<C>
  extends Pick<WeightPart<C>, 'tensors' | 'activations' | 'linear' | 'reaches' | 'multiplies'>,
    Omit<LowRankForm<C>, 'rank'> {
  /** Columns of the first factor. Default: the rank of the configuration. */
  columns?(layer: LayerShape, config: C): number;
}

/** `y = x·W + b + (x·a)·b` with factors that are made of the part's tensors in every forward pass. */
export function factored<C>(part: Factored<C>): WeightPart<C> {
  const { tensors, activations, linear, reaches, multiplies, columns, ...form } = part;
  const { factors } = form;
  return {
    tensors,
    activations: (layer, config) => ({ ...activations(layer, config), baseFirst: true }),
    ...(linear && { linear }),
    ...(reaches && { reaches }),
    ...(multiplies && { multiplies }),
    lowRank: { rank: columns ?? ((_, config) => (config as LowRankConfig).rank), ...form },
    forward(x, base, context) {
      const { matMul } = context.products;
      const { a, b } = factors(base.shape, context);
      return tf.add(base.forward(x), matMul(matMul(context.dropout(x), a), b));
    },
    kernel(base, context) {
      const { a, b } = factors(base.shape, context);
      return tf.add(base.kernel, context.products.matMul(a, b));
    },
  };
}

/** The fields of its method's configuration that a low-rank part reads. */
export interface LowRankConfig {
  rank: number;
}

/**
 * `y = x·W + b + s·(x·A)·B` with `A [in, rank]` and `B [rank, out]` trained.
 *
 * @param scale `s` of a configuration, e.g. `alpha / rank`.
 * @param frozen The factor that stays as it was made, where not both are trained.
 */
export function lowRank<C extends LowRankConfig>(
  scale: (config: C) => number,
  { frozen }: { frozen?: 'lora_A' | 'lora_B' } = {},
): WeightPart<C> {
  return factored({
    tensors: (layer, { rank }) => ({
      lora_A: {
        shape: [layer.in, columnsOf(layer, rank)],
        trained: frozen !== 'lora_A',
        scope: 'layer',
        side: 'input',
      },
      lora_B: {
        shape: [columnsOf(layer, rank), layer.out],
        trained: frozen !== 'lora_B',
        scope: 'layer',
        side: 'output',
      },
    }),
    factors: (_, { tensors, config }) => ({
      a: tensors.lora_A as Tensor2D,
      b: tf.mul(tensors.lora_B as Tensor2D, scale(config)) as Tensor2D,
    }),
    // A frozen factor leaves the columns, or the rows, that it spans, and no other update.
    ...(frozen ? { linear: () => true } : { reaches: (_, { rank }) => rank }),
    ...(frozen === 'lora_A' && { frozenA: true }),
    multiplies: (layer, { rank }) => [
      { columns: rank, of: ['lora_A'] },
      { columns: layer.out, of: ['lora_B'] },
    ],
    activations(layer, { rank }) {
      // The gradient of B alone reads the product with A.
      const perRow = frozen === 'lora_B' ? 0 : rank;
      return {
        perRow,
        // The scaled B, and the scale for its gradient.
        fixed: rank * layer.out + (frozen === 'lora_B' ? 0 : 1),
        // It scales the product, not the factor.
        inPeft: { perRow, fixed: 0 },
        ...(frozen === 'lora_A' ? {} : { keepsInput: ['lora_A'] }),
        dropsInput: true,
      };
    },
  });
}

/** Columns of the first factor: each kernel of a stack has the rank for each layer that is fused in it, as peft has it by `rank_pattern`. */
const columnsOf = ({ stack = { count: 1, fused: 1 } }: LayerShape, rank: number): number =>
  rank * stack.count * stack.fused;

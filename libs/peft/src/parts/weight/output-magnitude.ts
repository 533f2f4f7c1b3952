/**
 * @file Weight decomposition over any weight part: the inner part gives the direction of each output unit's weights,
 * a trained vector gives their length. Over a low-rank update this is DoRA (arXiv 2402.09353, equations 5 and 11), or
 * weight normalization (arXiv 1602.07868, equations 2 and 3).
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { fused } from '../../engine/fused.js';
import type { Activations, BaseLayer, Floats, LayerContext, LayerShape, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { detached } from '../autodiff.js';

/** The tensors of columns' lengths that the backward pass makes. */
export interface Lengths {
  /** `[out]`: of the columns of a kernel `[in, out]`. */
  of(kernel: () => Tensor2D): Tensor1D;
  /** Floats that are kept besides the lengths. */
  keeps(layer: LayerShape, inner: Activations): number;
  /** Most at once inside their own backward pass. */
  backward(layer: LayerShape): number;
  /** A gradient flows through them to what the kernel is made of. */
  follows: boolean;
}

const lengthsOf = (kernel: Tensor2D) => tf.sqrt(tf.sum(tf.square(kernel), 0)) as Tensor1D;

/** A constant (section 4.3 of DoRA's paper), which saves the gradient of an `[in, out]` matrix. */
export const constantLengths: Lengths = {
  of: (kernel) => detached(() => lengthsOf(kernel())),
  keeps: () => 0,
  backward: () => 0,
  follows: false,
};

/**
 * They follow the direction: `∂n/∂V = V/n`. With it the gradient of V has nothing along V, column by column.
 * Keeps V, and what making it keeps.
 */
export const followedLengths: Lengths = {
  of: (kernel) =>
    tf.tidy(() => {
      const direction = kernel();
      const gradient = (dn: Tensor, { v, n }: { v: Tensor; n: Tensor }) => tf.mul(v, tf.div(dn, n));
      return fused([[direction, gradient]], () => {
        const n = lengthsOf(direction);
        return { value: n.clone(), save: { v: direction, n } };
      });
    }),
  keeps: (layer, inner) => layer.in * layer.out + inner.fixed,
  backward: (layer) => layer.in * layer.out,
  follows: true,
};

/**
 * Effective kernel `V ⊙ (m / n)`, where `V [in, out]` is the inner part's kernel, `n [out]` the lengths of its columns
 * and `m [out]` is trained.
 * With dropout the change of the kernel sees the dropped input, the base kernel the whole one, as in Python peft:
 * `y = x·W + b + drop(x)·(V ⊙ (m/n) − W)`.
 */
export function outputMagnitude<C>(inner: WeightPart<C>, lengths: Lengths = constantLengths): WeightPart<C> {
  const factor = (base: BaseLayer, context: LayerContext<C>): Tensor1D =>
    tf.div(
      context.tensors.lora_magnitude_vector as Tensor1D,
      lengths.of(() => inner.kernel(base, context)),
    );
  return {
    readsKernel: true,
    tensors: (layer, config) => ({
      ...inner.tensors(layer, config),
      lora_magnitude_vector: { shape: [layer.out], trained: true, scope: 'layer' },
    }),
    forward(x, base, context) {
      const scale = factor(base, context);
      const dropped = context.dropout(x);
      const scaled = tf.mul(inner.forward(dropped, base, { ...context, dropout: (kept) => kept }), scale) as Tensor2D;
      const bias = inner.bias ? inner.bias(base, context) : base.bias;
      // (x·V + b)·c + b·(1 − c) = x·V·c + b: the bias is not rescaled.
      const changed = bias ? (tf.add(scaled, tf.mul(bias, tf.sub(1, scale))) as Tensor2D) : scaled;
      if (dropped === x) return changed;
      // The base kernel takes the whole input and not the dropped one: (x − drop(x))·W.
      const rest = base.forward(tf.sub(x, dropped));
      return tf.add(changed, base.bias ? tf.sub(rest, base.bias) : rest) as Tensor2D;
    },
    kernel(base, context) {
      return tf.mul(inner.kernel(base, context), factor(base, context)) as Tensor2D;
    },
    ...(inner.bias && { bias: inner.bias }),
    multiplies(layer, config, of) {
      const [a, b, ...others] = inner.multiplies?.(layer, config, of) ?? [];
      // With dropout the base multiplies twice; and the kernel of more factors is more products.
      if (!a || !b || others.length > 0 || of.dropout > 0) return undefined;
      const [left, right] = [a.of, b.of].map((names) => (lengths.follows ? names : []));
      const kernel = { rows: layer.in, inner: a.columns, columns: b.columns, left: left!, right: right! };
      return [a, { ...b, made: [...(b.made ?? []), kernel] }];
    },
    ...(inner.lowRank && { lowRankDirection: true as const }),
    // With lengths of the changed columns the direction is whatever the inner part makes.
    ...(inner.reaches && { reaches: inner.reaches }),
    activations(layer, config) {
      const kept = inner.activations(layer, config);
      const later = { perRow: layer.out, fixed: 2 * layer.out };
      const own = { perRow: kept.perRow + later.perRow, fixed: kept.fixed + later.fixed };
      const backward = kept.backward && sum(kept.backward, { perRow: 2 * layer.out, fixed: 4 * layer.out });
      const ofLengths = lengths.backward(layer);
      const { perRow, fixed } = kept.inPeft ?? kept;
      return {
        ...kept,
        ...own,
        later,
        baseOfBoth: true,
        // Both results that are rescaled, the update's and the base's; the lengths and the scale, and this less 1.
        inPeft: {
          perRow: perRow + layer.out,
          fixed: fixed + 2 * layer.out,
          basePerRow: layer.out,
          forInput: layer.out,
        },
        fixed: own.fixed + lengths.keeps(layer, kept),
        // The inner kernel, what it is made of, and two copies that its lengths are made of.
        before: { perRow: 0, fixed: 3 * layer.in * layer.out + kept.fixed },
        // The output before its bias too.
        beside: sum(kept.beside ?? { perRow: 2 * layer.out, fixed: 0 }, {
          perRow: layer.bias ? layer.out : 0,
          fixed: 0,
        }),
        ...(backward && { backward }),
        // The backward pass as if lengths were constant; after it, what the lengths make.
        ...(ofLengths > 0 && {
          backward: atLeast(backward ?? usual(layer, { kept, later }), ofLengths),
        }),
      };
    },
  };
}

const atLeast = ({ perRow, fixed }: Floats, most: number): Floats => ({ perRow, fixed: Math.max(fixed, most) });
/** A gradient and one product of what is kept, first later, then beside the input; in place of its gradient, that of the output. */
const usual = (layer: LayerShape, { kept, later }: { kept: Floats; later: Floats }): Floats => ({
  perRow: Math.max(2 * later.perRow + layer.out - layer.in, layer.in + layer.out + 2 * kept.perRow),
  fixed: Math.max(2 * later.fixed, 2 * kept.fixed),
});
const sum = (a: Floats, b: Floats): Floats => ({ perRow: a.perRow + b.perRow, fixed: a.fixed + b.fixed });

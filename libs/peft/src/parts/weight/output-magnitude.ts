/**
 * @file Weight decomposition over any weight part: the inner part gives the direction of each output unit's weights,
 * a trained vector gives their length. Over a low-rank update this is DoRA. Source: arXiv 2402.09353, equations 5 and 11.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { BaseLayer, Floats, LayerContext, WeightPart } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import { detached } from '../autodiff.js';

/**
 * Effective kernel `V ⊙ (m / n)`, where `V [in, out]` is the inner part's kernel, `n [out]` the lengths of its columns
 * and `m [out]` is trained. `n` counts as a constant in the backward pass (section 4.3 of the paper), which saves
 * the gradient of an `[in, out]` matrix.
 * With dropout the change of the kernel sees the dropped input, the base kernel the whole one, as in Python peft:
 * `y = x·W + b + drop(x)·(V ⊙ (m/n) − W)`.
 */
export function outputMagnitude<C>(inner: WeightPart<C>): WeightPart<C> {
  const factor = (base: BaseLayer, context: LayerContext<C>): Tensor1D => {
    const lengths = detached(() => tf.sqrt(tf.sum(tf.square(inner.kernel(base, context)), 0)) as Tensor1D);
    return tf.div(context.tensors.lora_magnitude_vector as Tensor1D, lengths);
  };
  return {
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
      // What the base kernel makes of the whole input and not of the dropped one: (x − drop(x))·W.
      const rest = base.forward(tf.sub(x, dropped));
      return tf.add(changed, base.bias ? tf.sub(rest, base.bias) : rest) as Tensor2D;
    },
    kernel(base, context) {
      return tf.mul(inner.kernel(base, context), factor(base, context)) as Tensor2D;
    },
    ...(inner.bias && { bias: inner.bias }),
    // With lengths of the changed columns the direction is whatever the inner part makes.
    ...(inner.reaches && { reaches: inner.reaches }),
    activations(layer, config) {
      const kept = inner.activations(layer, config);
      return {
        ...kept,
        perRow: kept.perRow + layer.out,
        fixed: kept.fixed + 2 * layer.out,
        // The inner kernel and two copies that its lengths are made of.
        transient: { perRow: 0, fixed: 3 * layer.in * layer.out },
        ...(kept.backward && { backward: sum(kept.backward, { perRow: 2 * layer.out, fixed: 4 * layer.out }) }),
      };
    },
  };
}

const sum = (a: Floats, b: Floats): Floats => ({ perRow: a.perRow + b.perRow, fixed: a.fixed + b.fixed });

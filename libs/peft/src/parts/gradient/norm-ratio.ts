/**
 * @file Full gradients scaled slice by slice as a transformation scaled them in a subspace.
 * Sources: arXiv 2410.01623, section 4 (the residual); arXiv 2412.05270, section 4 (the whole gradient); the limit of
 * growth: the authors' code of both.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { tf } from '../../tensor/tf.js';
import { inSubspace, type Residual } from './projected.js';
import type { Subspace } from './subspace.js';
import { sizeOf, type Transform } from './transform.js';

const epsilon = 1e-8;

/** `‖N_j‖ / (‖R_j‖ + ε)` of every slice j along the side that is not projected, or of the whole. */
function normRatio(inner: Tensor2D, low: Tensor2D, axis: 0 | 1 | undefined): Tensor {
  return tf.tidy(() =>
    tf.div(tf.norm(inner, 'euclidean', axis, true), tf.add(tf.norm(low, 'euclidean', axis, true), epsilon)),
  );
}

interface GrowthLimit {
  /** The norm of an update grows by at most this factor from one step to the next. */
  limiter: number;
  /**
   * The bias correction that the inner transformation has in its result at a step. Norms are compared without it, as the
   * authors' code of Fira and of APOLLO compares them: while it falls, the update itself may not grow by the whole factor.
   */
  correction: (step: number) => number;
}

/** Scales an update down where its norm would grow too much; `before` is the norm of the step before, and `norm` the next. */
function limitGrowth(update: Tensor2D, before: Tensor, step: number, { limiter, correction }: GrowthLimit) {
  const norm = tf.tidy(() => tf.div(tf.reshape(tf.norm(update), [1]), correction(step)));
  if (step === 1) return { update, norm };
  const factor = tf.tidy(() => tf.div(limiter, tf.maximum(tf.div(norm, tf.add(before, epsilon)), limiter)));
  const limited = tf.tidy(() => tf.mul(update, factor) as Tensor2D);
  const next = tf.tidy(() => tf.mul(norm, factor));
  tf.dispose([update, norm, factor]);
  return { update: limited, norm: next };
}

/**
 * Multiplies every slice of the residual by the norm ratio of its slice in the subspace, and limits the growth of the whole
 * from the second step on.
 */
export function scaledByNormRatio(growth: GrowthLimit): Residual {
  return {
    state: () => ({ residual_norm: { shape: [1], nonNegative: true } }),
    apply({ residual, low, inner, axis, state, step }) {
      const scaled = tf.tidy(() => tf.mul(residual, normRatio(inner, low, axis)) as Tensor2D);
      residual.dispose();
      const { update, norm } = limitGrowth(scaled, state.residual_norm!, step, growth);
      return { update, state: { residual_norm: norm } };
    },
    workspace: ({ shape }) => 2 * sizeOf(shape) + 3 * Math.max(...shape),
  };
}

interface ScaleConfig extends GrowthLimit {
  subspace: Subspace;
  /** Whether each slice along the side that is not projected has a scale of its own, or the tensor has one. */
  per: 'channel' | 'tensor';
  /** Factor of the update. */
  gain: number;
}

/** The gradient itself, scaled by how `inner` scales its projection: `gain · G ⊙ ‖inner(R)‖/‖R‖`. Nothing is lifted. */
export function estimateScale(inner: Transform, { subspace, per, gain, ...growth }: ScaleConfig): Transform {
  const inside = inSubspace(inner, subspace);
  return {
    state: (info) => ({ ...inside.state(info), update_norm: { shape: [1], nonNegative: true } }),
    async apply(input) {
      const { space, projection, update: low, state } = await inside.apply(input);
      const axis = per === 'channel' ? subspace.low(input.info).axis : undefined;
      const scaled = tf.tidy(() => {
        const scales = tf.mul(normRatio(low, projection, axis), gain);
        return tf.mul(input.update, scales) as Tensor2D;
      });
      tf.dispose([projection, low]);
      space.close();
      const { update, norm } = limitGrowth(scaled, input.state.update_norm!, input.step, growth);
      return { update, state: { ...state, update_norm: norm } };
    },
    workspace: (info, engine) =>
      Math.max(inside.workspace(info, engine), 2 * sizeOf(info.shape) + inside.innerState(info)),
  };
}

/**
 * @file Full gradients scaled slice by slice as a transformation scaled them in a subspace.
 * Sources: arXiv 2410.01623, section 4 (the residual); arXiv 2412.05270, section 4 (the whole gradient).
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

/** Scales an update down where its norm would be more than `limiter` times that of the step before. */
function limitGrowth(update: Tensor2D, before: Tensor, step: number, limiter: number) {
  const norm = tf.tidy(() => tf.reshape(tf.norm(update), [1]));
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
export function scaledByNormRatio(limiter: number): Residual {
  return {
    state: () => ({ residual_norm: { shape: [1], nonNegative: true } }),
    apply({ residual, low, inner, axis, state, step }) {
      const scaled = tf.tidy(() => tf.mul(residual, normRatio(inner, low, axis)) as Tensor2D);
      residual.dispose();
      const { update, norm } = limitGrowth(scaled, state.residual_norm!, step, limiter);
      return { update, state: { residual_norm: norm } };
    },
    workspace: ({ shape }) => 2 * sizeOf(shape) + 3 * Math.max(...shape),
  };
}

interface ScaleConfig {
  subspace: Subspace;
  /** Whether each slice along the side that is not projected has a scale of its own, or the tensor has one. */
  per: 'channel' | 'tensor';
  /** Factor of the update. */
  gain: number;
  /** Growth of the norm of an update from one step to the next is limited to this factor. */
  limiter: number;
}

/** The gradient itself, scaled by how `inner` scales its projection: `gain · G ⊙ ‖inner(R)‖/‖R‖`. Nothing is lifted. */
export function estimateScale(inner: Transform, { subspace, per, gain, limiter }: ScaleConfig): Transform {
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
      const { update, norm } = limitGrowth(scaled, input.state.update_norm!, input.step, limiter);
      return { update, state: { ...state, update_norm: norm } };
    },
    workspace: (info) => Math.max(inside.workspace(info), 2 * sizeOf(info.shape) + inside.innerState(info)),
  };
}

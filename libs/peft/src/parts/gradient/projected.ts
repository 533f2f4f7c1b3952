/** @file A transformation run in a subspace of the gradient, and what becomes of the rest of the gradient. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { OptimizerState, ParameterInfo, UpdatingOn } from '../../method.js';
import { tf } from '../../tensor/tf.js';
import type { Subspace } from './subspace.js';
import { type StateTensor, sizeOf, sizesOf, type Transform, type TransformInput } from './transform.js';

/** Says what becomes of the part of a gradient that its subspace leaves out. */
export interface Residual {
  state(info: ParameterInfo): Record<string, StateTensor>;
  /**
   * Makes what is added to the lifted update once that is scaled. Ownership as in a `Transform`.
   * `residual` has the parameter's shape; `low` and `inner` are the projected gradient and what the inner transformation
   * made of it, with coordinates of the subspace along `axis`; undefined: along both.
   */
  apply(input: {
    residual: Tensor2D;
    low: Tensor2D;
    inner: Tensor2D;
    axis: 0 | 1 | undefined;
    state: OptimizerState;
    step: number;
  }): { update: Tensor2D; state?: Record<string, Tensor> };
  /** Most elements held at once inside `apply`, beyond its input, its results included. */
  workspace(info: ParameterInfo): number;
}

interface Projection {
  subspace: Subspace;
  /** Factor of all that is lifted. Default 1. */
  scale?: number;
  /** Default: what the subspace leaves out is dropped. */
  residual?: Residual;
}

/**
 * A transformation run on the projection of a gradient.
 *
 * @throws Error where it is asked about a parameter that is no matrix, and names it
 */
export function inSubspace(inner: Transform, subspace: Subspace) {
  const low = (info: ParameterInfo): ParameterInfo => {
    if (info.shape.length !== 2) {
      throw new Error(
        `${info.path} [${info.shape}] is no matrix, and a gradient is projected along a side of one: give it another transformation`,
      );
    }
    return { ...info, shape: subspace.low(info).shape };
  };
  return {
    state(info: ParameterInfo) {
      const inside = inner.state(low(info));
      return { ...subspace.state(info), ...inside };
    },
    /** The caller closes `space`, and disposes `projection` and `update`. */
    async apply(input: TransformInput) {
      const { info } = input;
      const inside = low(info);
      const gradient = input.update as Tensor2D;
      const moved = (await subspace.refresh?.({ ...input, gradient })) ?? {};
      const space = await subspace.open({ ...input, gradient, state: { ...input.state, ...moved } });
      const projection = space.down(gradient);
      const result = await inner.apply({
        ...input,
        info: inside,
        update: projection,
        parameter: () => space.down(input.parameter() as Tensor2D),
      });
      return { space, projection, update: result.update as Tensor2D, state: { ...result.state, ...moved } };
    },
    innerState: (info: ParameterInfo) => sizesOf(inner.state(low(info))),
    /** Two projected tensors, and what subspace and inner transformation hold. */
    workspace: (info: ParameterInfo, engine: UpdatingOn['engine']) =>
      2 * sizeOf(low(info).shape) + subspace.workspace(info) + inner.workspace(low(info), engine),
  };
}

/**
 * `scale · lift(inner(project(G))) + residual(G − scale · lift(project(G)))` for a matrix `G [in, out]`. Of a subspace that is the whole space the
 * residual is rounding, and is dropped: its sign would be noise of full size. When the subspace moves the inner state stays
 * as it is, neither reset nor rotated; `resetEvery` makes one that begins anew.
 */
export function projected(inner: Transform, { subspace, scale = 1, residual }: Projection): Transform {
  const inside = inSubspace(inner, subspace);
  const restOf = (info: ParameterInfo) => (subspace.lossless(info) ? undefined : residual);
  return {
    state: (info) => ({ ...inside.state(info), ...restOf(info)?.state(info) }),
    async apply(input) {
      const { info, step, state } = input;
      const { space, projection, update: low, state: next } = await inside.apply(input);
      const left = restOf(info)?.apply({
        residual: tf.tidy(() => tf.sub(input.update as Tensor2D, tf.mul(space.up(projection), scale))),
        low: projection,
        inner: low,
        axis: subspace.low(info).axis,
        state,
        step,
      });
      const update = tf.tidy(() => {
        const lifted = tf.mul(space.up(low), scale) as Tensor2D;
        return left ? tf.add(lifted, left.update) : lifted;
      });
      tf.dispose([projection, low, ...(left ? [left.update] : [])]);
      space.close();
      return { update, state: { ...next, ...left?.state } };
    },
    workspace(info, engine) {
      const full = sizeOf(info.shape);
      // Two lifted tensors, or with a residual that itself, the lifted one and their sum, or what makes it.
      const rest = restOf(info);
      const lifted = rest ? Math.max(3 * full, full + rest.workspace(info)) : 2 * full;
      return lifted + inside.workspace(info, engine);
    },
  };
}

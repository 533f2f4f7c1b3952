/**
 * @file A step whose updates are made in the backward pass, moment by moment, in floats. Mirrors training/per-layer.ts. What
 * several operations of an adapter's layer make one after another counts as if it were made at once.
 */

import type { EngineTraits } from '../engine/traits.js';
import type { GradientPart, ParameterInfo } from '../method.js';
import { sizeOf } from '../tensor/shape.js';
import type { Moment } from './moment.js';
import type { OperationCost } from './operation-cost.js';
import { backwardOrder, forwardOrder } from './pass-order.js';

interface Optimizing {
  optimizer: GradientPart;
  bytesPerElement: number;
  engine: EngineTraits;
}

/** @param info every trained tensor */
export function perLayerMoments(
  costs: readonly OperationCost[],
  info: readonly ParameterInfo[],
  by: Optimizing,
): Moment[] {
  const moments: Moment[] = [];
  for (const { cost, kept } of forwardOrder(costs)) {
    moments.push({ gradients: 0, activations: kept, workspace: cost.forward });
  }
  for (const { cost, kept, isForward } of backwardOrder(costs)) {
    if (isForward) {
      moments.push({ gradients: 0, activations: kept, workspace: cost.forward });
      continue;
    }
    const { backward, kept: own, gradients, completes, waiting } = cost;
    moments.push({ gradients, activations: kept, workspace: Math.max(0, backward - gradients) });
    const complete = info.filter(({ path }) => completes.includes(path));
    complete.forEach((parameter, index) => {
      const left = complete.slice(index).reduce((sum, each) => sum + sizeOf(each.shape), 0);
      moments.push({ gradients: left, activations: kept - own, workspace: waiting + updateOf(parameter, by) });
    });
  }
  return moments;
}

/** The squares for the norm; the optimizer; or the update and the next value, which takes the place of both. */
function updateOf(parameter: ParameterInfo, { optimizer, bytesPerElement, engine }: Optimizing): number {
  return Math.max(
    optimizer.memory([parameter], { bytesPerFloat: bytesPerElement, engine }).workspace / bytesPerElement,
    2 * sizeOf(parameter.shape),
  );
}

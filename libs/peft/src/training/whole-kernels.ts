/** @file What can be done with kernels that a base model holds as two factors, and what cannot. */
import type { BaseParameter } from '../method.js';
import { linearLayers } from '../models/config.js';
import type { PlanOptions } from './plan-options.js';

/**
 * Why a trial cannot go without the whole kernels of a base that holds some as two factors, for people, e.g. `trains kernels`.
 * Undefined: it can, or there are none.
 */
export function needsWholeKernels({
  model,
  method,
  config,
  targets,
  initial,
}: Pick<PlanOptions, 'model' | 'method' | 'config' | 'targets' | 'initial'>): string | undefined {
  if (model.factorRanks === undefined) return undefined;
  const held = linearLayers(model).filter(({ shape }) => shape.factorRank !== undefined);
  if (initial === 'random') return 'draws kernels of its own';
  if (method.pruning) return 'takes heads and units out of kernels';
  const { weight, init } = method;
  const trains = held.some(({ path, name, shape }) => {
    const targeted = targets.includes(name);
    if (targeted && weight?.replacesKernel) return false;
    const kernel: BaseParameter = { path: `${path}.kernel`, kind: 'kernel', shape: [shape.in, shape.out], targeted };
    return method.trainsBase?.(kernel, config) ?? false;
  });
  if (trains) return 'trains kernels';
  if (!held.some(({ name }) => targets.includes(name))) return undefined;
  if (init?.leavesResidual || init?.changesKernel) return 'begins with other kernels in their place';
  if (weight?.readsKernel && !weight.replacesKernel)
    return 'computes with kernels, not only with what comes out of them';
  if (method.rank?.readsKernel) return 'reads kernels between steps';
  return method.calibration?.(config).statistic === 'gradient' ? 'asks for the gradients of kernels' : undefined;
}

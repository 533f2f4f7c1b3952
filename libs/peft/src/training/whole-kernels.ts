/** @file Tells which methods can do with kernels that a base model holds as two factors, or packed. */
import type { BaseParameter } from '../method.js';
import type { LinearLayer } from '../models/architecture.js';
import { linearLayers } from '../models/config.js';
import type { PlanOptions } from './plan-options.js';

type Asked = Pick<PlanOptions, 'model' | 'method' | 'config' | 'targets' | 'initial'>;

/**
 * Why a trial cannot go without the whole kernels of a base that holds some as two factors, for people, e.g. `trains kernels`.
 * Undefined: it can, or there are none.
 */
export function needsWholeKernels(trial: Asked): string | undefined {
  if (trial.model.factorRanks === undefined) return undefined;
  return reasonOf(trial, ({ shape }) => shape.factorRank !== undefined);
}

/** The same of a base whose kernels are packed. */
export function needsOpenKernels(trial: Asked): string | undefined {
  if (trial.model.kernelDtype === undefined) return undefined;
  return reasonOf(trial, ({ shape }) => shape.packed !== undefined);
}

/** Why products with frozen kernels alone are not what a trial computes with kernels, for people. Undefined: they are. */
export function multipliesOtherwise({ model, method, config, targets }: Asked): string | undefined {
  const kernels = linearLayers(model).filter(({ shape }) => !shape.table);
  if (kernels.some(({ shape }) => shape.factorRank !== undefined)) return 'multiplies by factors of kernels';
  if (trainsOneOf(kernels, { method, config, targets })) return 'trains kernels';
  const { weight } = method;
  const computes = weight?.readsKernel && !weight.replacesKernel && kernels.some(({ name }) => targets.includes(name));
  return computes ? computesWithKernels : undefined;
}

const computesWithKernels = 'computes with kernels, not only with what comes out of them';

function trainsOneOf(
  kernels: readonly LinearLayer[],
  { method, config, targets }: Pick<Asked, 'method' | 'config' | 'targets'>,
): boolean {
  if (method.trainsBase === undefined) return false;
  return kernels.some(({ path, name, shape }) => {
    const targeted = targets.includes(name);
    if (targeted && method.weight?.replacesKernel) return false;
    const kernel: BaseParameter = { path: `${path}.kernel`, kind: 'kernel', shape: [shape.in, shape.out], targeted };
    return method.trainsBase?.(kernel, config) ?? false;
  });
}

function reasonOf(
  { model, method, config, targets, initial }: Asked,
  isHeld: (layer: LinearLayer) => boolean,
): string | undefined {
  const held = linearLayers(model).filter(isHeld);
  if (initial === 'random') return 'draws kernels of its own';
  if (method.pruning) return 'takes heads and units out of kernels';
  const { weight, init } = method;
  if (trainsOneOf(held, { method, config, targets })) return 'trains kernels';
  if (!held.some(({ name }) => targets.includes(name))) return undefined;
  if (init?.leavesResidual || init?.changesKernel) return 'begins with other kernels in their place';
  if (weight?.readsKernel && !weight.replacesKernel) return computesWithKernels;
  if (method.rank?.readsKernel) return 'reads kernels between steps';
  return method.calibration?.(config).statistic === 'gradient' ? 'asks for the gradients of kernels' : undefined;
}

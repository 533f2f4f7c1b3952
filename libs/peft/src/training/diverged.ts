/** @file Training that left the numbers, and the tensor it shows in. */
import type { HostState } from '../method.js';

/** A loss, a gradient or a tensor of the trial is not finite. */
export class DivergedError extends Error {
  /**
   * @param step the step that shows it, 1-based; 0 is before training
   * @param found what is not finite, e.g. `loss NaN`
   */
  constructor(
    readonly step: number,
    found: string,
  ) {
    const advice = step === 0 ? '' : ' Lower the learning rate.';
    super(`Training diverged at step ${step}: ${found}.${advice}`);
    this.name = 'DivergedError';
  }
}

/** Name of the first tensor with an entry that is not finite; undefined where all are. Words of codes always are. */
export function nonFinite(tensors: ReadonlyMap<string, HostState>): string | undefined {
  for (const [name, { values }] of tensors) {
    if (values instanceof Float32Array && !allFinite(values)) return name;
  }
  return undefined;
}

/** A loop: a call for each entry takes seconds for a model. */
function allFinite(values: Float32Array): boolean {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index]!)) return false;
  }
  return true;
}

/**
 * Refuses values that are about to be stored after a step and are not finite.
 *
 * @throws DivergedError naming the first tensor that is not finite
 */
export function requireFinite(tensors: ReadonlyMap<string, HostState>, step: number): void {
  const name = nonFinite(tensors);
  if (name !== undefined) throw new DivergedError(step, `${name} is not finite`);
}

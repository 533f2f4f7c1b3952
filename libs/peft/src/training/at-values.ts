import type * as tfjs from '@tensorflow/tfjs-core';
import type { ParameterMap } from '../method.js';
import type { TrialModel } from './trial.js';

/** Does something with other values in the place of trained tensors; then these are as before, to the bit. */
export async function atValues<T>(trial: TrialModel, values: ParameterMap, work: () => Promise<T>): Promise<T> {
  // Clones are on the buffers of the tensors, which outlive these so.
  const kept = new Map(
    [...values.keys()].map((path): [string, tfjs.Tensor] => [path, trial.trained().get(path)!.clone()]),
  );
  for (const [path, value] of values) trial.replace(path, value.clone());
  try {
    return await work();
  } finally {
    for (const [path, value] of kept) trial.replace(path, value);
  }
}

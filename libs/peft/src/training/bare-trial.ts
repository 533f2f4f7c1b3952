import type { LoadedBase } from '../models/base.js';
import { layerNames } from '../models/config.js';
import { createRandom } from '../tensor/random.js';
import { inject } from './inject.js';
import type { TrialModel } from './trial.js';
import { untouched } from './untouched.js';

/** A trial of the base model as it is; whoever asks disposes of it. */
export function bareTrial(base: LoadedBase): TrialModel {
  // A trial needs a target; this method puts nothing on it, and draws nothing.
  const targets = layerNames(base.config).slice(0, 1);
  return inject({ base, method: untouched, config: {}, targets, random: createRandom(0) });
}

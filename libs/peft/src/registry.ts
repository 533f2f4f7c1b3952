/** @file Every method by its name: those that train, baselines, procedures and examinations, which have registries of their own. */
import { baselines } from './baselines/registry.js';
import type { Method } from './method.js';
import { methodNames, methods } from './methods/registry.js';
import { procedures } from './procedures/registry.js';
import { examinations } from './robustness/registry.js';
import { UnknownNameError } from './unknown-name.js';

export { methodNames, methods } from './methods/registry.js';
export { findOptimizer, optimizerNames, optimizers } from './optimizers/registry.js';

export const baselineNames: readonly string[] = baselines.map(({ name }) => name);
/** Methods that train nothing: baselines, procedures and examinations of rankers. */
export const untrained: readonly Method[] = [...baselines, ...procedures, ...examinations];
export const untrainedNames: readonly string[] = untrained.map(({ name }) => name);

/**
 * The method called `name`, one that trains nothing as well, e.g. `findMethod('lora').config.parse({ rank: 4 })`.
 *
 * @throws UnknownNameError
 */
export function findMethod(name: string): Method {
  const method = [...methods, ...untrained].find((candidate) => candidate.name === name);
  if (!method) throw new UnknownNameError('method', name, [...methodNames, ...untrainedNames]);
  return method;
}

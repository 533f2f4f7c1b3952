/** @file Every method by its name. */
import type { Method } from './method.js';
import { methodNames, methods } from './methods/registry.js';
import { UnknownNameError } from './unknown-name.js';

export { methodNames, methods } from './methods/registry.js';
export { findOptimizer, optimizerNames, optimizers } from './optimizers/registry.js';

/**
 * The method called `name`, e.g. `findMethod('lora').config.parse({ rank: 4 })`.
 *
 * @throws UnknownNameError
 */
export function findMethod(name: string): Method {
  const method = methods.find((candidate) => candidate.name === name);
  if (!method) throw new UnknownNameError('method', name, methodNames);
  return method;
}

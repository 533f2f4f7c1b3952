/** @file Every contender by its name: methods that train, and evaluators, which train nothing. */
import { findMethod, type Method, methodNames, UnknownNameError } from '@rankforge/peft';
import { baselines } from './baselines/registry.js';
import { procedures } from './procedures/registry.js';
import { examinations } from './robustness/registry.js';

export const baselineNames: readonly string[] = baselines.map(({ name }) => name);
/** Methods that train nothing: baselines, procedures and examinations of rankers. */
export const untrained: readonly Method[] = [...baselines, ...procedures, ...examinations];
export const untrainedNames: readonly string[] = untrained.map(({ name }) => name);

/**
 * The method called `name`, or the evaluator: `findContender('bm25')`.
 *
 * @throws UnknownNameError
 */
export function findContender(name: string): Method {
  const evaluator = untrained.find((candidate) => candidate.name === name);
  if (evaluator) return evaluator;
  if (methodNames.includes(name)) return findMethod(name);
  throw new UnknownNameError('method', name, [...methodNames, ...untrainedNames]);
}

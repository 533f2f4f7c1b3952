/** @file Every contender by its name: methods, which are trained, and evaluators, which train nothing. */
import { findMethod, methodNames, UnknownNameError } from '@rankforge/peft';
import { baselines } from './baselines/registry.js';
import type { Contender, Evaluator } from './evaluator.js';
import { procedures } from './procedures/registry.js';
import { examinations } from './robustness/registry.js';

export const evaluators: readonly Evaluator[] = [...baselines, ...procedures, ...examinations];
export const evaluatorNames: readonly string[] = evaluators.map(({ name }) => name);
export const baselineNames: readonly string[] = baselines.map(({ name }) => name);

/**
 * The evaluator called `name`: `findEvaluator('bm25')`.
 *
 * @throws UnknownNameError
 */
export function findEvaluator(name: string): Evaluator {
  const found = evaluators.find((evaluator) => evaluator.name === name);
  if (!found) throw new UnknownNameError('evaluator', name, evaluatorNames);
  return found;
}

/**
 * The method called `name`, or the evaluator: `findContender('lora')`.
 *
 * @throws UnknownNameError
 */
export function findContender(name: string): Contender {
  if (evaluatorNames.includes(name)) return findEvaluator(name);
  if (methodNames.includes(name)) return findMethod(name);
  throw new UnknownNameError('method', name, [...methodNames, ...evaluatorNames]);
}

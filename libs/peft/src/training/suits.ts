/** @file Whether an optimizer can do what it is for with what a trial trains. */
import { type GradientPart, unfired } from '../method.js';
import { planTrial } from './plan.js';
import type { PlanOptions } from './plan-options.js';

/**
 * Why an optimizer does not suit a trial; undefined where it does.
 *
 * @throws Error as `planTrial`
 */
export function unsuited(optimizer: GradientPart, options: PlanOptions): string | undefined {
  const { method } = options;
  if (optimizer.active && method.rank) {
    return `the ranks of ${method.name} follow from gradients of all layers, and a step makes those of some tensors alone: choose an optimizer that trains all of them, or a method whose ranks stay`;
  }
  const read = optimizer.estimator && gradientReader(options);
  if (read) {
    return `${method.name} has ${read} that needs gradients, and none are made: choose an optimizer that makes them, or another method`;
  }
  return optimizer.unfit?.(planTrial(options).info);
}

/**
 * What of a trial an optimizer leaves to another rule than its own, for people; undefined where nothing is.
 *
 * @throws Error as `planTrial`
 */
export const noticeOf = (optimizer: GradientPart, options: PlanOptions): string | undefined =>
  optimizer.notice?.(planTrial(options).info);

/** What people should know before a run of so many steps. */
export function noticesOf(optimizer: GradientPart, plan: PlanOptions & { config: unknown }, steps: number) {
  if (steps === 0) return [];
  const left = noticeOf(optimizer, plan);
  const texts = [...(left === undefined ? [] : [left]), ...(optimizer.unfired?.(steps) ?? [])];
  return [
    ...texts.map((text) => ({ of: 'optimizer' as const, text })),
    ...unfired(plan.method, plan.config, steps).map((text) => ({ of: 'method' as const, text })),
  ];
}

/** The part of a method that a step without a backward pass leaves without what it reads, for people. */
function gradientReader({ method }: PlanOptions): string | undefined {
  if (method.rank) return 'a rank part';
  return method.outputPenalty && 'a penalty over outputs';
}

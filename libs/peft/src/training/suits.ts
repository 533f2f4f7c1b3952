/** @file Notices for people about a trial that is not refused. */
import { type GradientPart, unfired } from '../method.js';
import { planTrial } from './plan.js';
import type { PlanOptions } from './plan-options.js';

/**
 * Says which tensors of a trial an optimizer leaves to another rule than its own, for people; undefined where it leaves none.
 *
 * @throws Error as `planTrial`
 */
export const noticeOf = (optimizer: GradientPart, options: PlanOptions): string | undefined =>
  optimizer.notice?.(planTrial(options).info);

/** Notices for people before a run of so many steps. */
export function noticesOf(optimizer: GradientPart, plan: PlanOptions & { config: unknown }, steps: number) {
  if (steps === 0) return [];
  const left = noticeOf(optimizer, plan);
  const texts = [...(left === undefined ? [] : [left]), ...(optimizer.unfired?.(steps) ?? [])];
  return [
    ...texts.map((text) => ({ of: 'optimizer' as const, text })),
    ...unfired(plan.method, plan.config, steps).map((text) => ({ of: 'method' as const, text })),
  ];
}

/** @file Notices for people about a trial that is not refused. */
import { type GradientPart, unfired } from '../method.js';
import { planTrial, type TrialPlan } from './plan.js';
import type { PlanOptions } from './plan-options.js';

/** A sentence for people about a trial, and the part of it that the sentence is about. */
export interface Notice {
  of: 'optimizer' | 'method';
  text: string;
}

/** Options that an optimizer or a method may have no use for. */
interface NoticedOptions {
  clipNorm?: number | null | undefined;
  dropout?: number | undefined;
}

/**
 * Notices about a trial of any number of steps, as long as it has some.
 *
 * @throws Error as `planTrial`
 */
export function standingNotices(optimizer: GradientPart, plan: PlanOptions, options: NoticedOptions): Notice[] {
  const { clipNorm, dropout = 0 } = options;
  const left = optimizer.notice?.(planTrial(plan).info);
  const clipped = clipNorm ? optimizer.clipped?.(clipNorm) : undefined;
  const drops = dropout === 0 || dropsInputs(plan, planTrial(plan));
  return [
    ...[left, clipped].flatMap((text) => (text === undefined ? [] : [{ of: 'optimizer' as const, text }])),
    ...(drops
      ? []
      : [{ of: 'method' as const, text: `drops no inputs of layers: dropout ${dropout} changes nothing` }]),
  ];
}

/** Notices before a run of so many steps. */
export function noticesOf(
  optimizer: GradientPart,
  plan: PlanOptions & { config: unknown },
  { steps, ...options }: NoticedOptions & { steps: number },
): Notice[] {
  if (steps === 0) return [];
  const idle = (of: Notice['of'], texts: readonly string[] = []) => texts.map((text) => ({ of, text }));
  return [
    ...standingNotices(optimizer, plan, options),
    ...idle('optimizer', optimizer.unfired?.(steps)),
    ...idle('method', unfired(plan.method, plan.config, steps)),
  ];
}

/** Whether a layer of the plan has an adapter that dropout is applied to the input of. */
const dropsInputs = ({ method: { weight } }: PlanOptions, { layers }: TrialPlan): boolean =>
  layers.some(({ shape, config }) => weight?.activations(shape, config).dropsInput === true);

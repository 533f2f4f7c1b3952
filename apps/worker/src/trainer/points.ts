/** @file Points of the curves that a run reports. */
import type { StepSeries } from '@rankforge/contracts';
import type { StepEvent } from '@rankforge/peft';

/** The points of a step, by series. */
export function stepMetrics(event: StepEvent): Record<string, number> {
  const always: Record<StepSeries, number> = {
    'train/loss': event.loss,
    'train/learning-rate': event.learningRate,
    'train/gradient-norm': event.gradientNorm,
    'train/tokens-per-second': event.tokensPerSecond,
    'memory/live': event.liveBytes,
    'memory/peak': event.peakBytes,
  };
  return { ...always, ...prefixed('norm', event.norms ?? {}) };
}

/** Ranks of many layers over many steps seldom change: a rank is a point where it does. */
export function changesOnly(): (values: Readonly<Record<string, number>>) => Record<string, number> {
  const before = new Map<string, number>();
  return (values) => {
    const changed = Object.entries(values).filter(([name, value]) => before.get(name) !== value);
    for (const [name, value] of changed) before.set(name, value);
    return Object.fromEntries(changed);
  };
}

/** Values by the names of a group of series. */
export const prefixed = (group: string, values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${group}/${name}`, value]));

/** A value that is not finite (perplexity of a large loss) has no place on a curve. */
export const pointsOf = (step: number, values: Readonly<Record<string, number>>) =>
  Object.entries(values)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => ({ name, step, value }));

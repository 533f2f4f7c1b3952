/** @file Limits on what is predicted of a training beside its budget of memory: those of the sweep, and that of its engine. */
import {
  type Budget,
  type CreateSweep,
  type EngineName,
  exceedsEngine,
  exceedsLimit,
  excessOver,
  type Prediction,
  predictionsOf,
} from '@rankforge/contracts';
import { traitsOf } from '@rankforge/peft';
import type { Forecast } from '../catalog/forecast.js';

/** A budget of the sweep, as a training meets it. */
export interface PlannedBudget extends Budget {
  /** Says which limit the training is above; absent where it is within all. */
  excess?: string;
}

const kept = new WeakMap<Forecast, ReadonlyMap<string, Prediction | undefined>>();

/** Predictions of the measures that a sweep limits, made once for each forecast. */
function predicted(forecast: Forecast, limits: Readonly<Record<string, unknown>>) {
  const known = kept.get(forecast);
  if (known) return known;
  const made = predictionsOf(forecast.planned(), Object.keys(limits));
  kept.set(forecast, made);
  return made;
}

/** Holds a training against the limits of a budget, and against what its engine can hold. */
export function judged(forecast: Forecast, budget: Budget, engine: EngineName): PlannedBudget {
  const { mostBytes = Number.POSITIVE_INFINITY } = traitsOf(engine);
  if (forecast.engineBytes > mostBytes) {
    return { ...budget, excess: exceedsEngine({ engine, mostBytes }, forecast.engineBytes) };
  }
  const { limits } = budget;
  const excess = limits && excessOver(predicted(forecast, limits), limits);
  return excess ? { ...budget, excess: exceedsLimit(excess) } : budget;
}

/** Measures that a sweep limits and nobody predicts of this training. */
export function unpredicted(forecast: Forecast, { limits }: Pick<CreateSweep, 'limits'>): string[] {
  if (limits === undefined || Object.keys(limits).length === 0) return [];
  return [...predicted(forecast, limits)].flatMap(([name, prediction]) => (prediction ? [] : [name]));
}

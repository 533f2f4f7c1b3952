/**
 * @file Asynchronous successive halving (ASHA). Source: Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and
 * Talwalkar, "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020.
 */
import { asLoss, type Direction } from '../direction.js';

export interface Halving {
  /** Steps at which the first rung ends, r of the paper; at least 1. */
  minSteps: number;
  /** Steps of a whole run, R of the paper. */
  maxSteps: number;
  /** One of so many goes on, η of the paper; at least 2. */
  reduction: number;
  /** Rungs left out at the bottom, s of the paper. */
  earliest?: number;
}

/** A trial at the end of a rung. */
export interface RungResult {
  trial: string;
  value: number;
  /** It was sent on to the next rung, whether or not it has arrived. */
  promoted?: boolean;
}

/** Results of each rung, the lowest first: all the state there is. */
export type Rungs = readonly (readonly RungResult[])[];

/**
 * Steps at which rungs end: r η^s, r η^(s+1), … below R, and R.
 *
 * @example rungSteps({ minSteps: 10, maxSteps: 100, reduction: 3 }) // [10, 30, 90, 100]
 * @throws RangeError naming what is out of range
 */
export function rungSteps({ minSteps, maxSteps, reduction, earliest = 0 }: Halving): number[] {
  const whole = { minSteps, maxSteps, reduction, earliest };
  for (const [name, value] of Object.entries(whole)) {
    const least = name === 'earliest' ? 0 : name === 'reduction' ? 2 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`${name} must be a whole number of at least ${least}, got ${value}`);
    }
  }
  if (minSteps > maxSteps) throw new RangeError(`minSteps must not be above maxSteps ${maxSteps}, got ${minSteps}`);
  const steps: number[] = [];
  for (let end = minSteps * reduction ** earliest; end < maxSteps; end *= reduction) steps.push(end);
  return [...steps, maxSteps];
}

/** How a result compares with those of its rung. */
export interface Standing {
  promotable: boolean;
  /** Results of the rung, this one included. */
  results: number;
  /** Results that may go on: one of `reduction`, rounded down. */
  places: number;
  /** The value that the last of the places has; undefined where there is no place yet. */
  threshold: number | undefined;
}

/** Whether a result is among the best 1/η of its rung. Equal to the last that goes on is good enough. */
export function standing(
  value: number,
  rung: readonly RungResult[],
  reduction: number,
  direction: Direction,
): Standing {
  const sorted = rung.map((result) => result.value).sort((a, b) => asLoss(a, direction) - asLoss(b, direction));
  const places = Math.floor(rung.length / reduction);
  const threshold = places === 0 ? undefined : sorted[places - 1]!;
  const promotable = threshold !== undefined && asLoss(value, direction) <= asLoss(threshold, direction);
  return { promotable, results: rung.length, places, threshold };
}

/**
 * Algorithm 2 of the paper: the best trial that may go on and has not, of the highest rung that has one; undefined where a
 * new trial is to be started at the bottom instead. The last rung promotes nobody.
 */
export function nextPromotion(
  rungs: Rungs,
  reduction: number,
  direction: Direction,
): { rung: number; trial: string; standing: Standing } | undefined {
  for (let rung = rungs.length - 2; rung >= 0; rung--) {
    const results = rungs[rung]!;
    const places = Math.floor(results.length / reduction);
    const best = results
      .toSorted((a, b) => asLoss(a.value, direction) - asLoss(b.value, direction))
      .slice(0, places)
      .find(({ promoted }) => !promoted);
    if (best) return { rung, trial: best.trial, standing: standing(best.value, results, reduction, direction) };
  }
  return undefined;
}

/** What a running trial is told when it reports. */
export interface HalvingDecision {
  rungs: Rungs;
  stop: boolean;
  /** The last rung that was decided on, and how it was. */
  decided?: { rung: number; standing: Standing };
}

/**
 * The form that never pauses a trial: at the end of each rung a trial that is not among the best 1/η so far stops. While a
 * rung has fewer than η results its best goes on. A value that is not a number stops.
 *
 * @param ends steps at which rungs end
 * @param rungs results so far; those of the report are in the answer's
 */
export function onReport(
  rungs: Rungs,
  report: { trial: string; step: number; value: number },
  { ends, reduction, direction }: { ends: readonly number[]; reduction: number; direction: Direction },
): HalvingDecision {
  const { trial, step, value } = report;
  const known = ends.map((_, rung) => [...(rungs[rung] ?? [])]);
  let decided: HalvingDecision['decided'];
  for (const [rung, end] of ends.entries()) {
    const results = known[rung]!;
    if (results.some((result) => result.trial === trial)) continue;
    if (step < end) break;
    if (Number.isNaN(value)) return { rungs: known, stop: true };
    results.push({ trial, value });
    const place = standing(value, results, reduction, direction);
    const best = results.every((other) => asLoss(value, direction) <= asLoss(other.value, direction));
    decided = { rung, standing: place };
    if (!place.promotable && !(place.places === 0 && best)) return { rungs: known, stop: true, decided };
  }
  return { rungs: known, stop: false, ...(decided && { decided }) };
}

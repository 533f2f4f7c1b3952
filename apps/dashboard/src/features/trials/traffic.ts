/** @file Curves of federations by what was sent in place of steps, and what it took to come to a value. */
import { type Curve, type CurveGroup, valueAt } from './curves.js';

/**
 * KiB of the messages of all whole rounds, in both directions, when a trial had done a step. Messages before the first round are not
 * counted. Undefined where nothing is known of the trial.
 */
export type Traffic = (trialId: string, step: number) => number | undefined;

/**
 * @param sent bytes of rounds, from clients and to them: a curve of each trial. Rounds between two points of a curve are taken to lie on the line,
 * whose points between the ends are means where they stand for several rounds
 * @example trafficOf([up, down], 10)(trialId, 25) // of two rounds
 */
export function trafficOf(sent: readonly (readonly Curve[])[], localSteps: number): Traffic {
  const known = new Map<string, number[]>();
  for (const curve of sent.flat()) {
    const sums = known.get(curve.trialId) ?? [];
    let sum = 0;
    for (let round = 1; round * localSteps <= (curve.steps.at(-1) ?? 0); round++) {
      sum += sentAt(curve, round * localSteps);
      sums[round - 1] = (sums[round - 1] ?? 0) + sum;
    }
    known.set(curve.trialId, sums);
  }
  return (trialId, step) => {
    const sums = known.get(trialId);
    const round = Math.floor(step / localSteps);
    if (sums === undefined || round > sums.length) return undefined;
    return Math.round((round === 0 ? 0 : sums[round - 1]!) / 1024);
  };
}

/** Ends of a curve are single rounds, beside which a mean holds up to them: between the means, the line has their sum. */
function sentAt(curve: Curve, step: number): number {
  const { steps } = curve;
  const isBesideMean = steps.length > 2 && step !== steps[0] && step !== steps.at(-1);
  return valueAt(curve, isBesideMean ? Math.min(Math.max(step, steps[1]!), steps.at(-2)!) : step) ?? 0;
}

/** The curves with KiB in the place of steps, the last point of each number. Trials that sent nothing, or of which nothing is known yet, are left out. */
export const byTraffic = (curves: readonly Curve[], traffic: Traffic): Curve[] =>
  curves.flatMap((curve) => {
    const points = new Map<number, number>();
    for (const [point, step] of curve.steps.entries()) {
      const kib = traffic(curve.trialId, step);
      if (kib !== undefined) points.set(kib, curve.values[point]!);
    }
    return points.size === 0 ? [] : [{ ...curve, steps: [...points.keys()], values: [...points.values()] }];
  });

/** How a group came to a value. */
export interface Reached {
  name: string;
  /** Trials that came to it, and all. */
  reached: number;
  trials: number;
  /** Means over those that did; the KiB only where they are known of each. */
  rounds?: number;
  kib?: number;
}

/** When the trials of each group first were as good as a target, at a point that was recorded. */
export function reachedBy(
  groups: readonly CurveGroup[],
  target: number,
  { direction, localSteps, traffic }: { direction: 'minimize' | 'maximize'; localSteps: number; traffic: Traffic },
): Reached[] {
  const isThere = (value: number) => (direction === 'maximize' ? value >= target : value <= target);
  return groups.map(({ name, curves }) => {
    const first = curves.flatMap(({ trialId, steps, values }) => {
      const point = values.findIndex(isThere);
      if (point < 0) return [];
      const step = steps[point]!;
      return [{ rounds: Math.floor(step / localSteps), kib: traffic(trialId, step) }];
    });
    const sent = first.flatMap(({ kib }) => kib ?? []);
    return {
      name,
      reached: first.length,
      trials: curves.length,
      ...(first.length > 0 && { rounds: mean(first.map(({ rounds }) => rounds)) }),
      ...(sent.length > 0 && sent.length === first.length && { kib: mean(sent) }),
    };
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

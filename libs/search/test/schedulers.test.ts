import { describe, expect, it } from 'vitest';
import {
  type Bracket,
  type Direction,
  dealt,
  hyperband,
  type MedianStopping,
  medianStopping,
  nextPromotion,
  onReport,
  type Report,
  type RungResult,
  type Rungs,
  rungSteps,
  standing,
} from '../src/index.js';
import { vectors } from './support/vectors.js';

/** Trial, step, value (null where it was not a number), and whether Optuna stopped the trial there. */
type Line = [number, number, number | null, boolean];

interface HalvingCase {
  direction: Direction;
  reduction: number;
  minSteps: number;
  maxSteps: number;
  earliest: number;
  reports: Line[];
}

interface HyperbandCase extends Omit<HalvingCase, 'earliest'> {
  trials: number[];
  tickets: number[];
}

interface MedianCase extends MedianStopping {
  direction: Direction;
  steps: number;
  reports: Line[];
}

const numberOf = (value: number | null) => value ?? Number.NaN;
const stopsOf = (reports: readonly Line[]) => reports.map(([, , , stop]) => stop);

describe('ASHA', () => {
  it.each(vectors<HalvingCase[]>('schedulers/halving'))('stops whom Optuna stops: case %#', (given) => {
    // Optuna has rungs beyond the last step of a trial too: they decide nothing.
    const ends = rungSteps(given).slice(0, -1);
    let rungs: Rungs = [];
    const stops = given.reports.map(([trial, step, value]) => {
      const decision = onReport(rungs, { trial: `${trial}`, step, value: numberOf(value) }, { ...given, ends });
      rungs = decision.rungs;
      return decision.stop;
    });
    expect(stops).toEqual(stopsOf(given.reports));
    expect(new Set(stops).size).toBe(2);
  });

  it('promotes in the order of Algorithm 2', () => {
    const {
      reduction,
      rungs: count,
      jobs,
    } = vectors<{ reduction: number; rungs: number; jobs: [string, number, number][] }>('schedulers/promotions');
    const rungs: RungResult[][] = Array.from({ length: count }, () => []);
    let fresh = 0;
    for (const [trial, rung, value] of jobs) {
      const promoted = nextPromotion(rungs, reduction, 'minimize');
      expect(promoted ? [promoted.trial, promoted.rung + 1] : [`t${fresh++}`, 0]).toEqual([trial, rung]);
      rungs[rung]!.push({ trial, value });
      if (promoted) rungs[promoted.rung]!.find((result) => result.trial === trial)!.promoted = true;
    }
    // More than 20, 6 and 2: some were promoted before better ones came.
    expect(rungs.map(({ length }) => length)).toEqual([60, 22, 9, 4]);
  });

  it('says what a result was compared with', () => {
    const rung = [0.4, 0.1, 0.3, 0.2, 0.6, 0.5].map((value, trial) => ({ trial: `${trial}`, value }));
    expect(standing(0.2, rung, 3, 'minimize')).toEqual({ promotable: true, results: 6, places: 2, threshold: 0.2 });
    expect(standing(0.3, rung, 3, 'minimize').promotable).toBe(false);
    expect(standing(0.5, rung, 3, 'maximize')).toEqual({ promotable: true, results: 6, places: 2, threshold: 0.5 });
  });

  it('refuses rungs that cannot be', () => {
    const rungs = { minSteps: 1, maxSteps: 9, reduction: 3 };
    expect(() => rungSteps({ ...rungs, reduction: 1 })).toThrow(
      'reduction must be a whole number of at least 2, got 1',
    );
    expect(() => rungSteps({ ...rungs, minSteps: 10 })).toThrow('minSteps must not be above maxSteps 9, got 10');
  });
});

/** Optuna draws the ticket of a trial from a hash, and has blocks of tickets for its brackets. */
function optunaBracket(ticket: number, brackets: readonly Bracket[]): number {
  const blocks = brackets.flatMap(({ trials }, bracket) => Array.from({ length: trials }, () => bracket));
  return blocks[ticket % blocks.length]!;
}

describe('Hyperband', () => {
  it.each(vectors<HyperbandCase[]>('schedulers/hyperband'))('stops whom Optuna stops: case %#', (given) => {
    const brackets = hyperband(given);
    expect(brackets.map(({ trials }) => trials)).toEqual(given.trials);
    const states: Rungs[] = brackets.map(() => []);
    const stops = given.reports.map(([trial, step, value]) => {
      const bracket = optunaBracket(given.tickets[trial]!, brackets);
      const { ends } = brackets[bracket]!;
      const last = ends.at(-1) === given.maxSteps && !isPower(given) ? ends.slice(0, -1) : ends;
      const report = { trial: `${trial}`, step, value: numberOf(value) };
      const decision = onReport(states[bracket]!, report, { ...given, ends: last });
      states[bracket] = decision.rungs;
      return decision.stop;
    });
    expect(stops).toEqual(stopsOf(given.reports));
    expect(new Set(stops).size).toBe(2);
  });

  it('has the brackets of the table of the paper: R = 81, η = 3', () => {
    const brackets = hyperband({ minSteps: 1, maxSteps: 81, reduction: 3 });
    expect(brackets.map(({ ends }) => ends[0])).toEqual([1, 3, 9, 27, 81]);
    // The paper's n is ⌈B η^s / (s + 1)⌉ with B = 5: 81, 34, 15, 8, 5.
    expect(brackets.map(({ trials }) => trials)).toEqual([81, 34, 15, 8, 5]);
  });

  it('deals trials to brackets in turn, as the smooth weighted round-robin of nginx does', () => {
    // nginx, "Upstream: smooth weighted round-robin balancing" (commit 52327e0): { 5, 1, 1 } gives a, a, b, a, c, a, a.
    expect(dealt([{ trials: 5 }, { trials: 1 }, { trials: 1 }])).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });

  it('gives every bracket its share of any first trials, and of a round its number', () => {
    const brackets = hyperband({ minSteps: 1, maxSteps: 81, reduction: 3 });
    const order = dealt(brackets);
    expect(order).toHaveLength(143);
    for (let first = 1; first <= order.length; first += 1) {
      for (const [bracket, { trials }] of brackets.entries()) {
        const count = order.slice(0, first).filter((each) => each === bracket).length;
        expect(Math.abs(count - (first * trials) / 143)).toBeLessThan(first === 143 ? 1e-9 : 2);
      }
    }
    // Ten trials are fewer than the 81 of the first bracket, and try the three with most trials.
    expect(new Set(order.slice(0, 10))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('counts powers exactly where a floating-point logarithm is one short', () => {
    expect(hyperband({ minSteps: 1, maxSteps: 243, reduction: 3 })).toHaveLength(6);
  });
});

describe('median stopping', () => {
  it.each(vectors<MedianCase[]>('schedulers/median'))('stops whom Optuna stops: case %#', (given) => {
    const curves = new Map<number, Report[]>();
    const completed: Report[][] = [];
    const stops = given.reports.map(([trial, step, value]) => {
      const curve = [...(curves.get(trial) ?? []), { step, value: numberOf(value) }];
      curves.set(trial, curve);
      const { stop } = medianStopping(curve, completed, given, given.direction);
      if (!stop && step === given.steps) completed.push(curve);
      return stop;
    });
    expect(stops).toEqual(stopsOf(given.reports));
    expect(new Set(stops).size).toBe(2);
  });

  it('says what was compared', () => {
    const completed = [1, 2, 4].map((value) => [{ step: 10, value }]);
    const options = { startupTrials: 3, warmupSteps: 0, intervalSteps: 1, minTrials: 1 };
    const reports = [
      { step: 5, value: 2.5 },
      { step: 10, value: 3 },
    ];
    const decision = medianStopping(reports, completed, options, 'minimize');
    expect(decision).toEqual({ stop: true, compared: { best: 2.5, median: 2, trials: 3 } });
  });
});

/** Whether the last rung of the powers is the last step itself. */
function isPower({ minSteps, maxSteps, reduction }: HyperbandCase): boolean {
  let steps = minSteps;
  while (steps < maxSteps) steps *= reduction;
  return steps === maxSteps;
}

/** @file Regret of samplers on test functions, ours and as recorded of Optuna. */
import { readFileSync } from 'node:fs';
import type { Draws, Observation, Sampler } from '@rankforge/search';
import type { FunctionName, TestFunction } from './functions.js';

/** Regrets of runs, a row a seed and a column for each of `after`; infinite before the first feasible trial. */
export type Regrets = readonly (readonly number[])[];

/** What libs/search/test/oracle/regret/regrets.py wrote. */
export interface RecordedRegrets {
  optuna: string;
  seeds: number;
  /** Numbers of trials after which the regret is taken. */
  after: number[];
  optima: Record<FunctionName, number>;
  regrets: Record<FunctionName, { tpe: Regrets; random: Regrets }>;
  /** Two-sided p of the rank-sum test between TPE and random search, for each of `after`, by scipy. */
  rankSum: Record<FunctionName, number[]>;
}

/** @param file vectors/regret/optuna.json of libs/search */
export function recordedRegrets(file: URL): RecordedRegrets {
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as RecordedRegrets;
  const known = (runs: readonly (readonly (number | null)[])[]) =>
    runs.map((row) => row.map((regret) => regret ?? Number.POSITIVE_INFINITY));
  const regrets = Object.entries(recorded.regrets).map(([name, { tpe, random }]) => [
    name,
    { tpe: known(tpe), random: known(random) },
  ]);
  return { ...recorded, regrets: Object.fromEntries(regrets) as RecordedRegrets['regrets'] };
}

/**
 * Regret of a sampler after numbers of trials: the best value of a feasible trial less the optimum, a row a seed.
 *
 * @param drawsOf stream of a trial
 */
export function regretsOf(
  sampler: Sampler,
  { space, optimum, evaluate }: TestFunction,
  { seeds, after }: Pick<RecordedRegrets, 'seeds' | 'after'>,
  drawsOf: (seed: number, number: number) => Draws,
): Regrets {
  return Array.from({ length: seeds }, (_, seed) => {
    const history: Observation[] = [];
    const best: number[] = [];
    for (let number = 0; number < Math.max(...after); number++) {
      const point = sampler({ space, direction: 'minimize', history, number, draws: drawsOf(seed, number) });
      const outcome = evaluate(point);
      history.push({ number, point, outcome });
      const value = outcome.kind === 'complete' ? outcome.value : Number.POSITIVE_INFINITY;
      best.push(Math.min(best.at(-1) ?? Number.POSITIVE_INFINITY, value));
    }
    return after.map((trials) => best[trials - 1]! - optimum);
  });
}

export const columnOf = (regrets: Regrets, column: number): number[] => regrets.map((row) => row[column]!);

/** First quartile, median and third quartile, interpolated linearly. */
export function quartilesOf(values: readonly number[]): [number, number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return place % 1 === 0 ? below : below + (place % 1) * (sorted[Math.ceil(place)]! - below);
  };
  return [at(0.25), at(0.5), at(0.75)];
}

/**
 * z of the rank-sum test (Mann and Whitney 1947) in its normal approximation, with corrections for continuity and ties;
 * |z| above 1.96 rejects at 5 % that the two come from one distribution. It is above 0 where the first are larger.
 */
export function rankSumZ(first: readonly number[], second: readonly number[]): number {
  const wins = first.reduce(
    (sum, a) => sum + second.filter((b) => a > b).length + second.filter((b) => a === b).length / 2,
    0,
  );
  const [m, n] = [first.length, second.length];
  const counts = new Map<number, number>();
  for (const value of [...first, ...second]) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  const off = wins - (m * n) / 2;
  return (Math.sign(off) * Math.max(0, Math.abs(off) - 0.5)) / Math.sqrt(variance);
}

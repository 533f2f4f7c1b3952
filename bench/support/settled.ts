/** @file The wait of a bench for all trainings of a sweep that it submitted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { finalTrialStates, type TrialState } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';

/** Seeds that each learning rate of such a sweep is tried with. */
export const seedsOfSweep = 250;

/**
 * How many trainings a bench runs: `RANKFORGE_BENCH_TRIALS`, or 2,000.
 *
 * @throws RangeError where it is no multiple of the seeds that each learning rate has
 */
export function trialsOfBench(): number {
  const given = process.env.RANKFORGE_BENCH_TRIALS ?? '2000';
  const trials = Number(given);
  if (trials > 0 && trials % seedsOfSweep === 0) return trials;
  throw new RangeError(`RANKFORGE_BENCH_TRIALS is "${given}": expected a multiple of ${seedsOfSweep}, such as 2000`);
}

/** Final states of a training that gave no result. */
const failures: readonly TrialState[] = finalTrialStates.filter((state) => state !== 'SUCCEEDED');

/**
 * Waits until so many trainings of the sweep succeeded.
 *
 * @returns when the last of them was finished
 * @throws Error where one ended otherwise: the count would never be reached
 */
export async function allSucceeded(db: Database, sweepId: string, trials: number): Promise<Date> {
  const where = { sweepId, kind: 'train' } as const;
  for (;;) {
    const states = await db.trial.groupBy({ by: ['state'], where, _count: true });
    if ((states.find(({ state }) => state === 'SUCCEEDED')?._count ?? 0) >= trials) break;
    if (states.some(({ state }) => failures.includes(state))) {
      const found = states.map(({ state, _count }) => `${_count} ${state}`).join(', ');
      throw new Error(`expected ${trials} trainings that succeed in sweep ${sweepId}, got ${found}`);
    }
    await sleep(100);
  }
  const { _max } = await db.trial.aggregate({ where, _max: { finishedAt: true } });
  return _max.finishedAt as Date;
}

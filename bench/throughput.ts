import type { Bench, Cell } from './bench.js';
import { runOptuna } from './support/optuna.js';
import { type BenchPlatform, noOpExecutor, sweepOf, untilIdle, withPlatform } from './support/platform.js';
import { allSucceeded, seedsOfSweep, trialsOfBench } from './support/settled.js';

const trials = trialsOfBench();
const learningRates = trials / seedsOfSweep;
const slots = 16;
const runs = 3;

/** Seconds from the request to the moment the last training's result is in Postgres. */
async function secondsOfSweep({ db, submit }: BenchPlatform): Promise<{ accepted: number; done: number }> {
  const sent = Date.now();
  const sweepId = await submit(sweepOf(seedsOfSweep, learningRates));
  const accepted = (Date.now() - sent) / 1000;
  const finishedAt = await allSucceeded(db, sweepId, trials);
  // Every process of the bench runs on this machine, so its clock and the database's are one.
  return { accepted, done: (finishedAt.getTime() - sent) / 1000 };
}

const bench: Bench = {
  title: 'Trials that do nothing, from POST to the last result row',
  async run() {
    const own = await withPlatform({ executor: noOpExecutor(), slots }, async (platform) => {
      const rows: Cell[][] = [];
      for (let run = 1; run <= runs; run++) {
        const { accepted, done } = await secondsOfSweep(platform);
        rows.push([`Rankforge, run ${run}`, accepted, done, trials / done]);
        await untilIdle(platform.db);
      }
      return rows;
    });
    const optuna = await runOptuna({ trials, processes: slots, seconds: 0 });
    return {
      columns: ['', 's to accept', 's to last result', 'trials/s'],
      rows: [
        ...own,
        [`Optuna: ${slots} processes on one study`, null, optuna.seconds, optuna.seconds && trials / optuna.seconds],
      ],
      notes: [
        `${trials} trainings a run in one sweep, one worker with ${slots} slots.`,
        'Each trial passes the outbox, BullMQ, the claim, the recording of an adapter and of the result.',
        'Each has a PostgreSQL of its own with the same settings, fsync on; both on this machine, one after the other.',
        optuna.note,
      ],
    };
  },
};
export default bench;

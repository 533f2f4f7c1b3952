import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench.js';
import { type BenchPlatform, noOpExecutor, sweepOf, untilIdle, withPlatform } from './support/platform.js';

const seeds = 250;
const learningRates = 8;
const trials = seeds * learningRates;
const slots = 16;
const runs = 3;

/** Seconds from the request to the moment the last training's result is in Postgres. */
async function secondsOfSweep({ db, submit }: BenchPlatform): Promise<{ accepted: number; done: number }> {
  const sent = Date.now();
  const sweepId = await submit(sweepOf(seeds, learningRates));
  const accepted = (Date.now() - sent) / 1000;
  const where = { sweepId, kind: 'train', state: 'SUCCEEDED' } as const;
  while ((await db.trial.count({ where })) < trials) await sleep(100);
  const { _max } = await db.trial.aggregate({ where, _max: { finishedAt: true } });
  // Every process of the bench runs on this machine, so its clock and the database's are one.
  return { accepted, done: ((_max.finishedAt as Date).getTime() - sent) / 1000 };
}

const bench: Bench = {
  title: 'Trials that do nothing, from POST to the last result row',
  run: () =>
    withPlatform({ executor: noOpExecutor(), slots }, async (platform) => {
      const rows: [number, number, number, number][] = [];
      for (let run = 1; run <= runs; run++) {
        const { accepted, done } = await secondsOfSweep(platform);
        rows.push([run, accepted, done, trials / done]);
        await untilIdle(platform.db);
      }
      return {
        columns: ['run', 's to accept', 's to last result', 'trials/s'],
        rows,
        notes: [
          `${trials} trainings a run in one sweep, one worker with ${slots} slots, fsync on.`,
          'Each trial passes the outbox, BullMQ, the claim, the recording of an adapter and of the result.',
        ],
      };
    }),
};
export default bench;

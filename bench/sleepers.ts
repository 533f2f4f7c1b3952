import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor } from '@rankforge/worker';
import type { Bench, Cell } from './bench.js';
import { runOptuna } from './support/optuna.js';
import { noOpExecutor, sweepOf, withPlatform } from './support/platform.js';
import { allSucceeded, seedsOfSweep, trialsOfBench } from './support/settled.js';

/** 10,000 take eleven minutes for each of the two. */
const trials = trialsOfBench();
const slots = 16;
const secondsATrial = 1;

const sleeping = (executor: Executor): Executor => ({
  async run(order, reports, signal) {
    await sleep(secondsATrial * 1000);
    return executor.run(order, reports, signal);
  },
});

const bench: Bench = {
  title: `${trials} trials of ${secondsATrial} s that only sleep, at ${slots} slots: time over the ideal`,
  async run() {
    const ideal = (trials * secondsATrial) / slots;
    const row = (what: string, seconds: number | null): Cell[] =>
      seconds === null ? [what, null, null] : [what, seconds, (seconds / ideal - 1) * 100];
    const own = await withPlatform({ executor: sleeping(noOpExecutor()), slots }, async ({ db, submit }) => {
      const sent = Date.now();
      const sweepId = await submit(sweepOf(seedsOfSweep, trials / seedsOfSweep));
      return ((await allSucceeded(db, sweepId, trials)).getTime() - sent) / 1000;
    });
    const optuna = await runOptuna({ trials, processes: slots, seconds: secondsATrial });
    return {
      columns: ['', 's to the last result', 'over ideal, %'],
      rows: [
        row('ideal', ideal),
        row('Rankforge: POST to the last result row, one worker', own),
        row(`Optuna: ${slots} processes on one study`, optuna.seconds),
      ],
      notes: [
        'Each has a PostgreSQL of its own with the same settings, fsync on; both on this machine, one after the other.',
        optuna.note,
      ],
    };
  },
};
export default bench;

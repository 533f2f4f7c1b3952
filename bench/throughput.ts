import type { Bench, Cell } from './bench.js';
import { countCosts, countingStatements } from './support/costs.js';
import { runOptuna } from './support/optuna.js';
import { type BenchPlatform, noOpExecutor, sweepOf, untilIdle, withPlatform } from './support/platform.js';
import { allSucceeded, seedsOfSweep, trialsOfBench } from './support/settled.js';

const trials = trialsOfBench();
const learningRates = trials / seedsOfSweep;
const slots = 16;
const runs = Number(process.env.RANKFORGE_BENCH_RUNS ?? 3);
/** Statements that a note names, those that took Postgres longest. */
const statementsNamed = Number(process.env.RANKFORGE_BENCH_STATEMENTS ?? 3);

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
    const longest: string[] = [];
    const own = await withPlatform(
      { executor: noOpExecutor(), slots, postgresSettings: countingStatements },
      async (platform) => {
        const rows: Cell[][] = [];
        for (let run = 1; run <= runs; run++) {
          const countedUntilNow = await countCosts(platform.db, platform.servers);
          const { accepted, done } = await secondsOfSweep(platform);
          const { statements, transactions, redisScripts, processorMs, byStatement } = await countedUntilNow();
          const costs = [statements, transactions, redisScripts, processorMs].map((count) => count && count / trials);
          rows.push([`Rankforge, run ${run}`, accepted, done, trials / done, ...costs]);
          longest.splice(0, longest.length, ...byStatement.slice(0, statementsNamed).map(asLine));
          await untilIdle(platform.db);
        }
        return rows;
      },
    );
    const optuna = await runOptuna({ trials, processes: slots, seconds: 0 });
    return {
      columns: [
        '',
        's to accept',
        's to last result',
        'trials/s',
        'statements/trial',
        'transactions/trial',
        'scripts/trial',
        'ms of processor/trial',
      ],
      rows: [
        ...own,
        [
          `Optuna: ${slots} processes on one study`,
          null,
          optuna.seconds,
          optuna.seconds && trials / optuna.seconds,
          null,
          null,
          null,
          null,
        ],
      ],
      notes: [
        `${trials} trainings a run in one sweep, one worker with ${slots} slots.`,
        'Each trial passes the outbox, BullMQ, the claim, the recording of an adapter and of the result.',
        'Each has a PostgreSQL of its own with fsync on, ours counts statements; both on this machine, one after the other.',
        optuna.note,
        ...longest,
      ],
    };
  },
};
export default bench;

/** A statement of the last run by what it cost each trial. */
const asLine = ({ text, calls, ms }: { text: string; calls: number; ms: number }): string =>
  `${(ms / trials).toFixed(3)} ms and ${(calls / trials).toFixed(2)} calls a trial: ${text.trim().slice(0, 160)}`;

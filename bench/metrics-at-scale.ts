import { averageSeries, type Database, type Lease, openDatabase, recordMetrics, summarizeSeries } from '@rankforge/db';
import type { Bench, Cell } from './bench.js';
import { percentile } from './bench.js';
import { type BenchApi, withApi } from './support/platform.js';
import { copyTrials } from './support/sample-sweep.js';
import { runningTrial } from './support/sample-trial.js';
import { withServers } from './support/servers.js';

/** Points of all series of all trials; `RANKFORGE_BENCH_POINTS` takes another number. */
const points = Number(process.env.RANKFORGE_BENCH_POINTS ?? 10_000_000);
/** The trainings of one sweep, as many as an overlay shows. */
const trials = 1000;
const seriesOfTrial = ['train/loss', 'train/learning-rate', 'train/gradient-norm', 'memory/live', 'memory/peak'];
const stepsABatch = 200;
const writers = 4;
const samples = 100;

const bench: Bench = {
  title: `${points.toLocaleString('en')} metric points: written, and read again`,
  run: () =>
    withServers((servers) =>
      withApi(servers, async (api) => {
        const db = openDatabase({ url: servers.databaseUrl, poolSize: writers });
        const leases = await copyTrials(db, await runningTrial(db), trials);
        const stepsATrial = Math.ceil(points / trials / seriesOfTrial.length);
        const batchMs: number[] = [];
        const started = performance.now();
        const queue = leases.entries();
        const write = async () => {
          for (const [, lease] of queue) {
            for (let from = 1; from <= stepsATrial; from += stepsABatch) {
              const steps = Array.from({ length: Math.min(stepsABatch, stepsATrial - from + 1) }, (_, i) => from + i);
              batchMs.push(await record(db, lease, steps));
            }
          }
        };
        await Promise.all(Array.from({ length: writers }, write));
        const seconds = (performance.now() - started) / 1000;
        const [stored] = await db.$queryRaw<{ rows: number; bytes: number }[]>`
          SELECT count(*)::float8 AS "rows", pg_total_relation_size('"Metric"')::float8 AS "bytes" FROM "Metric"`;
        const whileRunning = await readAll(api, leases, 'while they run and nothing arrives');
        const whileArriving = await arriving(db, leases[0]!, stepsATrial, () =>
          readAll(api, leases, 'while points arrive'),
        );
        await db.$executeRaw`UPDATE "Trial" SET "state" = 'CANCELLED', "finishedAt" = now() WHERE "state" = 'RUNNING'`;
        const summarizing = performance.now();
        while ((await summarizeSeries(db)) > 0);
        await untilSummarized(db);
        const summarySeconds = (performance.now() - summarizing) / 1000;
        const whenEnded = await readAll(api, leases, 'when they have ended');
        await db.$disconnect();
        return {
          columns: ['', 'p50 ms', 'p95 ms', 'worst ms'],
          rows: [row('a batch of 1000 points written', batchMs), ...whileRunning, ...whileArriving, ...whenEnded],
          notes: [
            `${stored!.rows} rows (${(stored!.bytes / 2 ** 30).toFixed(2)} GiB with index), ${trials} trainings of ${stepsATrial} steps and ${seriesOfTrial.length} series in one sweep.`,
            `${Math.round(stored!.rows / seconds)} points/s through recordMetrics from ${writers} connections, fsync on; all summarized in ${summarySeconds.toFixed(1)} s.`,
            `While points arrive: one connection writes batches of ${stepsABatch} steps to one of the trainings without a pause.`,
            `Each route ${samples} times over HTTP on this machine, one request at a time; curves a tenth of that.`,
          ],
        };
      }),
    ),
};
export default bench;

const row = (what: string, ms: number[]): Cell[] => [what, percentile(ms, 0.5), percentile(ms, 0.95), Math.max(...ms)];

/** Writes all series of some steps, in one batch. @returns how long that took, in ms */
async function record(db: Database, lease: Lease, steps: readonly number[]): Promise<number> {
  const points = steps.flatMap((step) =>
    seriesOfTrial.map((name, index) => ({ name, step, value: Math.sin(step * (index + 1)) })),
  );
  const sent = performance.now();
  if (!(await recordMetrics(db, lease, { points, step: steps.at(-1)!, loss: 1 }))) throw new Error('a lease was lost');
  return performance.now() - sent;
}

/** Reads while one writer writes steps after `last` to a training: a board is made again for what has arrived. */
async function arriving<T>(db: Database, lease: Lease, last: number, read: () => Promise<T>): Promise<T> {
  let done = false;
  const write = async () => {
    for (let from = last + 1; !done; from += stepsABatch)
      await record(
        db,
        lease,
        Array.from({ length: stepsABatch }, (_, index) => from + index),
      );
  };
  const reading = read().finally(() => {
    done = true;
  });
  const [found] = await Promise.all([reading, write()]);
  return found;
}

async function readAll(api: BenchApi, leases: readonly { trialId: string }[], when: string): Promise<Cell[][]> {
  const { sweepId } = await api.db.trial.findUniqueOrThrow({ where: { id: leases[0]!.trialId } });
  const trial = (index: number) => leases[(index * 37) % leases.length]!.trialId;
  const rows: Cell[][] = [];
  for (const [what, count, path] of [
    ['series of a trial, 500 points each', samples, (i: number) => `/v1/trials/${trial(i)}/metrics?maxPoints=500`],
    ['curves of the sweep, 60 points each', samples / 10, () => `/v1/sweeps/${sweepId}/curves?maxPoints=60`],
    ['board', samples, () => '/v1/leaderboard?task=moby-dick&base=nano-sotu'],
  ] as const) {
    const ms: number[] = [];
    for (let index = 0; index < count; index++) {
      const sent = performance.now();
      const response = await fetch(`${api.url}${path(index)}`, { headers: { authorization: `Bearer ${api.secret}` } });
      const body = await response.text();
      if (!response.ok) throw new Error(`${path(index)} answered ${response.status} ${body}`);
      ms.push(performance.now() - sent);
    }
    rows.push(row(`${what}, ${when}`, ms));
  }
  return rows;
}

/** The API summarizes as well; what it has taken is done when nothing is left. */
async function untilSummarized(db: Database): Promise<void> {
  while ((await averageSeries(db)) > 0);
  while ((await db.metricSummary.count({ where: { averaged: true } })) < trials)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

import { type MetricPoint, openDatabase, recordMetrics } from '@rankforge/db';
import type { Bench } from './bench.js';
import { runningTrial } from './support/sample-trial.js';
import { withServers } from './support/servers.js';

const rowsPerRun = 100_000;
const batchSizes = [100, 1000, 5000];

/** Rows of a training: five series a step. */
const series = ['train/loss', 'train/learning-rate', 'train/gradient-norm', 'memory/live', 'memory/peak'];

function points(from: number, count: number): MetricPoint[] {
  return Array.from({ length: count }, (_, index) => {
    const row = from + index;
    return { name: series[row % series.length] as string, step: Math.floor(row / series.length), value: Math.sin(row) };
  });
}

async function rowsPerSecond(batchSize: number, write: (batch: MetricPoint[]) => Promise<void>): Promise<number> {
  const started = performance.now();
  for (let row = 0; row < rowsPerRun; row += batchSize) await write(points(row, batchSize));
  return rowsPerRun / ((performance.now() - started) / 1000);
}

const bench: Bench = {
  title: 'Metric rows written to Postgres, rows/s',
  run: () =>
    withServers(async ({ databaseUrl }) => {
      const db = openDatabase({ url: databaseUrl, poolSize: 1 });
      const rows: [number, number, number, number][] = [];
      for (const batchSize of batchSizes) {
        const lease = await runningTrial(db);
        const fenced = await rowsPerSecond(batchSize, async (batch) => {
          if (!(await recordMetrics(db, lease, { points: batch, step: 1, loss: 1 })))
            throw new Error('the lease was lost');
        });
        const { trialId } = await runningTrial(db);
        const baseline = await rowsPerSecond(batchSize, async (batch) => {
          await db.metric.createMany({ data: batch.map((point) => ({ trialId, ...point })) });
        });
        const stored = await db.metric.count();
        if (stored !== 2 * rowsPerRun) throw new Error(`${stored} rows are stored, ${2 * rowsPerRun} were written`);
        await db.metric.deleteMany();
        rows.push([batchSize, fenced, baseline, fenced / baseline]);
      }
      await db.$disconnect();
      return {
        columns: ['rows a batch', 'recordMetrics', 'Prisma createMany', 'ratio'],
        rows,
        notes: [
          `${rowsPerRun} rows each, one connection, fsync on.`,
          'recordMetrics also checks the lease, updates the trial and appends an event; createMany does none of it.',
        ],
      };
    }),
};
export default bench;

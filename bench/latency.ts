import type { Bench } from './bench.js';
import { percentile } from './bench.js';
import { noOpExecutor, sweepOf, untilIdle, withPlatform } from './support/platform.js';

const samples = 200;

const bench: Bench = {
  title: 'From the request to the executor of a worker, on an idle platform, ms',
  run: () => {
    const started = new Map<string, (at: number) => void>();
    const arrivals = new Map<string, number>();
    const executor = noOpExecutor((trialId) => {
      const now = performance.now();
      arrivals.set(trialId, now);
      started.get(trialId)?.(now);
    });
    const startOf = (trialId: string) =>
      new Promise<number>((resolve) => {
        const arrived = arrivals.get(trialId);
        if (arrived === undefined) started.set(trialId, resolve);
        else resolve(arrived);
      });

    return withPlatform({ executor, slots: 1 }, async ({ db, submit }) => {
      const fromRequest: number[] = [];
      const fromRow: number[] = [];
      for (let sample = 0; sample < samples; sample++) {
        const sent = performance.now();
        const sweepId = await submit(sweepOf(1));
        const trial = await db.trial.findFirstOrThrow({ where: { sweepId, kind: 'train' } });
        fromRequest.push((await startOf(trial.id)) - sent);
        const { startedAt, queuedAt } = await db.trial.findUniqueOrThrow({ where: { id: trial.id } });
        fromRow.push((startedAt as Date).getTime() - (queuedAt as Date).getTime());
        await untilIdle(db);
      }
      const row = (what: string, times: number[]) =>
        [what, percentile(times, 0.5), percentile(times, 0.99), Math.max(...times)] as const;
      return {
        columns: ['', 'p50', 'p99', 'max'],
        rows: [row('POST sent -> handed to the executor', fromRequest), row('row queued -> claimed', fromRow)],
        notes: [
          `${samples} sweeps of one trial, one after the other, one slot. The executor trains nothing: reading base and data is not part of it.`,
        ],
      };
    });
  },
};
export default bench;

import { Inject, Injectable } from '@nestjs/common';
import {
  attemptOutcomes,
  DeviceView,
  type EngineName,
  engineNames,
  queueName,
  stepTime,
  trialKinds,
} from '@rankforge/contracts';
import { type Database, hasResult, isListed, Prisma, trains, workerStanding } from '@rankforge/db';
import { Counter, Gauge, type Registry } from 'prom-client';
import { readMemoryAccuracy } from '../memory/memory-accuracy.js';
import { DATABASE } from '../platform/database.js';
import { TrialQueues } from '../platform/queues.js';
import { inProject } from '../projects/in-project.js';

/** Series that are read from Postgres and Redis at each scrape. */
@Injectable()
export class PlatformMetrics {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly queues: TrialQueues,
  ) {}

  /**
   * Adds the series to a registry; returns what brings them up to date.
   * @param projectId counts what is of this project alone; omitted: of the installation
   */
  register(registry: Registry, projectId?: string): () => Promise<void> {
    const inRegistry = [registry];
    // What projects share says nothing of one of them.
    const ofAll = projectId === undefined ? inRegistry : [];
    const gauge = <L extends string>(name: string, help: string, labelNames: L[], registers = inRegistry) =>
      new Gauge({ name: `rankforge_${name}`, help, labelNames, registers });
    const counter = <L extends string>(name: string, help: string, labelNames: L[], registers = inRegistry) =>
      new Counter({ name: `rankforge_${name}`, help, labelNames, registers });
    const series = {
      queueDepth: gauge('queue_depth', 'Queued trials of running sweeps', ['engine', 'memory_class_mib']),
      wakeUps: gauge('queue_wakeups', 'Wake-ups that wait in Redis', ['engine', 'memory_class_mib'], ofAll),
      outbox: gauge('outbox_rows', 'Wake-ups that are still to be put on a queue', [], ofAll),
      trials: gauge('trials', 'Trials by kind and state', ['kind', 'state']),
      sweeps: gauge('sweeps', 'Sweeps by state', ['state']),
      attempts: counter('attempts_total', 'Attempts that ended, by outcome', ['outcome', 'engine']),
      leaseLosses: counter('lease_losses_total', 'Attempts whose lease ran out', []),
      stepSeconds: gauge('step_seconds', 'Median step time of trainings that ended in the last hour: their quantiles', [
        'method',
        'engine',
        'quantile',
      ]),
      memoryRatio: gauge(
        'memory_measured_to_predicted',
        'Measured peak divided by predicted peak of trainings that ended in the last day: quantiles',
        ['method', 'engine', 'quantile'],
      ),
      workers: gauge('workers', 'Workers of the last day by state', ['state']),
      slots: gauge('worker_slots', 'Slots of live workers', []),
      engineSlots: gauge('engine_slots', 'Slots of live workers that offer an engine', ['engine']),
      deviceTotal: gauge('device_total_bytes', 'Memory of a device', ['worker', 'device']),
      deviceCapacity: gauge('device_capacity_bytes', 'What trials may take of a device together', ['worker', 'device']),
      deviceReserved: gauge('device_reserved_bytes', 'What running trials have reserved', ['worker', 'device']),
      metricRows: counter(
        'metric_rows_total',
        'Metric values written since the statistics of PostgreSQL began',
        [],
        ofAll,
      ),
    };
    const fill = new PlatformReader(this.database, this.queues);
    return async () => {
      const read = await fill.read(projectId);
      for (const metric of Object.values(series)) metric.reset();
      for (const { engine, memoryClassMiB, queued, wakeUps } of read.queues) {
        // One queue for each site whose data trials need; the sum has what Redis did not say as NaN.
        series.queueDepth.inc({ engine, memory_class_mib: memoryClassMiB }, queued);
        series.wakeUps.inc({ engine, memory_class_mib: memoryClassMiB }, wakeUps);
      }
      for (const { kind, state, trials } of read.trials) series.trials.set({ kind, state }, trials);
      for (const { state, sweeps } of read.sweeps) series.sweeps.set({ state }, sweeps);
      // From the start, so that a rate sees the first of its kind, and an alert an engine that no worker offers.
      for (const engine of engineNames) {
        for (const outcome of attemptOutcomes) series.attempts.inc({ outcome, engine }, 0);
        series.engineSlots.set({ engine }, 0);
      }
      for (const { outcome, engine, attempts } of read.attempts) {
        series.attempts.inc({ outcome, engine }, attempts);
        if (outcome === 'lease-lost') series.leaseLosses.inc(attempts);
      }
      for (const { method, engine, p50, p90 } of read.steps) {
        series.stepSeconds.set({ method, engine, quantile: '0.5' }, p50 / 1000);
        series.stepSeconds.set({ method, engine, quantile: '0.9' }, p90 / 1000);
      }
      for (const { method, engine, smallest, median, largest } of read.accuracy) {
        for (const [quantile, ratio] of Object.entries({ 0: smallest, 0.5: median, 1: largest })) {
          series.memoryRatio.set({ method, engine, quantile }, ratio);
        }
      }
      for (const { id, standing, slots, engines, devices } of read.workers) {
        series.workers.inc({ state: standing });
        if (standing === 'live') for (const engine of engines) series.engineSlots.inc({ engine }, slots);
        if (standing !== 'live' && standing !== 'draining') continue;
        series.slots.inc(slots);
        for (const device of DeviceView.array().parse(devices)) {
          const labels = { worker: id, device: device.id };
          series.deviceTotal.set(labels, device.totalBytes);
          series.deviceCapacity.set(labels, device.capacityBytes);
          series.deviceReserved.set(labels, device.reservedBytes);
        }
      }
      series.outbox.set(read.outbox);
      series.metricRows.inc(read.metricRows);
    };
  }
}

class PlatformReader {
  constructor(
    private readonly database: Database,
    private readonly redis: TrialQueues,
  ) {}

  async read(projectId?: string) {
    const { database } = this;
    const own = projectId === undefined ? Prisma.empty : Prisma.sql`AND ${inProject(projectId)}`;
    const ownSweeps = projectId === undefined ? Prisma.empty : Prisma.sql`AND s."projectId" = ${projectId}::uuid`;
    const [queued, trials, sweeps, attempts, steps, accuracy, workers, [outbox], [ingest]] = await Promise.all([
      database.$queryRaw<{ engine: EngineName; memoryClassMiB: number; site: string | null; queued: number }[]>`
        WITH RECURSIVE "queue" AS (
          (SELECT "engine", "memoryClassMiB", COALESCE("site", '') AS "site" FROM "Trial" ORDER BY 1, 2, COALESCE("site", '') LIMIT 1)
          UNION ALL
          SELECT next.* FROM "queue" q CROSS JOIN LATERAL (
            SELECT t."engine", t."memoryClassMiB", COALESCE(t."site", '') FROM "Trial" t
            WHERE (t."engine", t."memoryClassMiB", COALESCE(t."site", '')) > (q."engine", q."memoryClassMiB", q."site")
            ORDER BY t."engine", t."memoryClassMiB", COALESCE(t."site", '') LIMIT 1) next
        ), waiting AS (
          SELECT t."engine", t."memoryClassMiB", COALESCE(t."site", '') AS "site", count(*) AS "queued"
          FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
          WHERE t."state" = 'QUEUED' AND s."state" = 'RUNNING' ${ownSweeps} GROUP BY 1, 2, 3
        )
        SELECT "engine", "memoryClassMiB", NULLIF("site", '') AS "site", COALESCE("queued", 0)::int AS "queued"
        FROM "queue" LEFT JOIN waiting USING ("engine", "memoryClassMiB", "site")`,
      database.$queryRaw<{ kind: string; state: string; trials: number }[]>`
        SELECT k."kind", v."state"::text, COALESCE(t."trials", 0)::int AS "trials"
        FROM unnest(${trialKinds.map(({ name }) => name)}::text[]) k("kind") CROSS JOIN unnest(enum_range(NULL::"TrialState")) v("state")
        LEFT JOIN (SELECT "kind", "state", count(*) AS "trials" FROM "Trial" t WHERE true ${own} GROUP BY 1, 2) t
          ON t."kind" = k."kind" AND t."state" = v."state"`,
      database.$queryRaw<{ state: string; sweeps: number }[]>`
        SELECT v."state"::text, count(s."id")::int AS "sweeps"
        FROM unnest(enum_range(NULL::"SweepState")) v("state") LEFT JOIN "Sweep" s ON s."state" = v."state" AND s."removedAt" IS NULL ${ownSweeps} GROUP BY 1`,
      this.attempts(projectId),
      database.$queryRaw<{ method: string; engine: string; p50: number; p90: number }[]>`
        SELECT "method", "engine",
          percentile_cont(0.5) WITHIN GROUP (ORDER BY ("result"->>${stepTime}::text)::float8) AS "p50",
          percentile_cont(0.9) WITHIN GROUP (ORDER BY ("result"->>${stepTime}::text)::float8) AS "p90"
        FROM "Trial" t
        WHERE ${hasResult('t')} AND ${trains()} AND "leaderId" IS NULL AND "result" ? ${stepTime}
          AND "finishedAt" > now() - interval '1 hour' ${own}
        GROUP BY 1, 2`,
      readMemoryAccuracy(database, { withinHours: 24, ...(projectId !== undefined && { projectId }) }),
      database.$queryRaw<{ id: string; standing: string; slots: number; engines: string[]; devices: unknown }[]>`
        SELECT w."id", ${workerStanding} AS "standing", w."slots", w."engines", w."devices" FROM "Worker" w
        WHERE ${isListed}`,
      database.$queryRaw<{ rows: number }[]>`SELECT count(*)::int AS "rows" FROM "Outbox"`,
      database.$queryRaw<{ rows: number }[]>`
        SELECT n_tup_ins::float8 AS "rows" FROM pg_stat_user_tables WHERE relname = 'Metric'`,
    ]);
    const queues = await Promise.all(
      queued.map(async ({ engine, memoryClassMiB, site, queued }) => {
        const name = queueName(engine, memoryClassMiB, site);
        return {
          engine,
          memoryClassMiB,
          queued,
          wakeUps: projectId === undefined ? await this.waiting(name) : Number.NaN,
        };
      }),
    );
    return {
      queues,
      trials,
      sweeps,
      attempts,
      steps,
      accuracy,
      workers,
      outbox: outbox?.rows ?? 0,
      metricRows: ingest?.rows ?? 0,
    };
  }

  /** Counts attempts that ended; attempts of removed sweeps are known for the installation alone. */
  private attempts(projectId: string | undefined) {
    type Row = { outcome: string; engine: string; attempts: number };
    if (projectId !== undefined)
      return this.database.$queryRaw<Row[]>`
        SELECT a."outcome", a."engine", count(*)::float8 AS "attempts"
        FROM "Sweep" s JOIN "Trial" t ON t."sweepId" = s."id" JOIN "Attempt" a ON a."trialId" = t."id"
        WHERE s."projectId" = ${projectId}::uuid AND a."outcome" IS NOT NULL GROUP BY 1, 2`;
    return this.database.$queryRaw<Row[]>`
      SELECT "outcome", "engine", sum("attempts")::float8 AS "attempts" FROM (
        SELECT "outcome", "engine", count(*) AS "attempts" FROM "Attempt" WHERE "outcome" IS NOT NULL GROUP BY 1, 2
        UNION ALL
        SELECT "outcome", "engine", "attempts" FROM "DeletedAttempts") "counted"
      GROUP BY 1, 2`;
  }

  private waiting(queue: string): Promise<number> {
    return this.redis.waiting(queue).catch(() => Number.NaN);
  }
}

import { Inject, Injectable } from '@nestjs/common';
import {
  attemptOutcomes,
  DeviceView,
  type EngineName,
  engineNames,
  groupBy,
  queueName,
  sweepStates,
  trialKinds,
  trialStates,
} from '@rankforge/contracts';
import { type Database, isListed, readTally, type Tallied, talliedSeconds, workerStanding } from '@rankforge/db';
import { Counter, Gauge, type Registry } from 'prom-client';
import { DATABASE } from '../platform/database.js';
import { TrialQueues } from '../platform/queues.js';
import { quantile } from './quantile.js';

/** What was read stays so for this long, whoever asks. */
const freshMs = 5_000;
const trainingKinds = new Set<unknown>(trialKinds.filter(({ trains }) => trains).map(({ name }) => name));

/** Series of Postgres and Redis. All registries of a process are filled from one reading, which is made anew when it is old. */
@Injectable()
export class PlatformMetrics {
  private reading: { atMs: number; platform: Promise<PlatformReading> } | undefined;

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
    return async () => {
      const { tally, sweeps, workers, wakeUps, ...read } = await this.read();
      const own = tally.filter((tallied) => projectId === undefined || tallied.projectId === projectId);
      const labelsOf = (of: Tallied['of']) => own.filter((tallied) => tallied.of === of);
      for (const metric of Object.values(series)) metric.reset();
      for (const { engine, memoryClassMiB, waiting } of wakeUps) {
        // One queue for each site whose data trials need; the sum has what Redis did not say as NaN.
        series.queueDepth.inc({ engine, memory_class_mib: memoryClassMiB }, 0);
        series.wakeUps.inc({ engine, memory_class_mib: memoryClassMiB }, waiting);
      }
      for (const { labels, count, sweepState } of labelsOf('queued')) {
        if (sweepState !== 'RUNNING') continue;
        series.queueDepth.inc({ engine: `${labels.engine}`, memory_class_mib: Number(labels.memoryClassMiB) }, count);
      }
      for (const { name: kind } of trialKinds) for (const state of trialStates) series.trials.set({ kind, state }, 0);
      for (const { labels, count } of labelsOf('trials'))
        series.trials.inc({ kind: `${labels.kind}`, state: `${labels.state}` }, count);
      for (const state of sweepStates) series.sweeps.set({ state }, 0);
      for (const { state, count } of sweeps.filter((row) => projectId === undefined || row.projectId === projectId))
        series.sweeps.inc({ state }, count);
      // From the start, so that a rate sees the first of its kind, and an alert an engine that no worker offers.
      for (const engine of engineNames) {
        for (const outcome of attemptOutcomes) series.attempts.inc({ outcome, engine }, 0);
        series.engineSlots.set({ engine }, 0);
      }
      for (const { labels, count } of labelsOf('attempts')) {
        series.attempts.inc({ outcome: `${labels.outcome}`, engine: `${labels.engine}` }, count);
        if (labels.outcome === 'lease-lost') series.leaseLosses.inc(count);
      }
      for (const { labels, at } of byMethod(own, 'stepMs'))
        for (const share of [0.5, 0.9]) series.stepSeconds.set({ ...labels, quantile: share }, at(share) / 1000);
      for (const { labels, at } of byMethod(own, 'memoryRatio'))
        for (const share of [0, 0.5, 1]) series.memoryRatio.set({ ...labels, quantile: share }, at(share));
      for (const { id, standing, slots, engines, devices } of workers) {
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

  /** Reads once for all who ask at the same time, or within a few seconds. */
  private read(): Promise<PlatformReading> {
    const now = performance.now();
    if (this.reading && now - this.reading.atMs < freshMs) return this.reading.platform;
    const platform = this.readPlatform();
    const reading = { atMs: now, platform };
    this.reading = reading;
    platform.catch(() => {
      if (this.reading === reading) this.reading = undefined;
    });
    return platform;
  }

  private async readPlatform() {
    const { database } = this;
    const [tally, sweeps, workers, [outbox], [ingest]] = await Promise.all([
      readTally(database),
      database.$queryRaw<{ projectId: string; state: string; count: number }[]>`
        SELECT "projectId", "state"::text AS "state", count(*)::int AS "count" FROM "Sweep" WHERE "removedAt" IS NULL GROUP BY 1, 2`,
      database.$queryRaw<{ id: string; standing: string; slots: number; engines: string[]; devices: unknown }[]>`
        SELECT w."id", ${workerStanding} AS "standing", w."slots", w."engines", w."devices" FROM "Worker" w
        WHERE ${isListed}`,
      database.$queryRaw<{ rows: number }[]>`SELECT count(*)::int AS "rows" FROM "Outbox"`,
      database.$queryRaw<{ rows: number }[]>`
        SELECT n_tup_ins::float8 AS "rows" FROM pg_stat_user_tables WHERE relname = 'Metric'`,
    ]);
    const wakeUps = await Promise.all(queuesOf(tally).map((queue) => this.withWakeUps(queue)));
    return { tally, sweeps, workers, wakeUps, outbox: outbox?.rows ?? 0, metricRows: ingest?.rows ?? 0 };
  }

  private async withWakeUps(queue: { engine: EngineName; memoryClassMiB: number; site: string | null }) {
    const { engine, memoryClassMiB, site } = queue;
    const waiting = await this.queues.waiting(queueName(engine, memoryClassMiB, site)).catch(() => Number.NaN);
    return { engine, memoryClassMiB, waiting };
  }
}

type PlatformReading = Awaited<ReturnType<PlatformMetrics['readPlatform']>>;

/** The queues that there ever were, smallest class first. */
function queuesOf(tally: readonly Tallied[]) {
  const queued = tally.filter(({ of }) => of === 'queued').map(({ labels }) => labels);
  const byQueue = groupBy(queued, ({ engine, memoryClassMiB, site }) => JSON.stringify([engine, memoryClassMiB, site]));
  return [...byQueue.values()]
    .map(([labels]) => labels as { engine: EngineName; memoryClassMiB: number; site: string | null })
    .toSorted((a, b) => a.memoryClassMiB - b.memoryClassMiB);
}

/** Quantiles of what was measured of trainings that ended lately, by method and engine. */
function byMethod(tally: readonly Tallied[], of: keyof typeof talliedSeconds) {
  const { within, slot } = talliedSeconds[of];
  const since = Date.now() / 1000 - within - slot;
  const recent = tally.filter(
    (tallied) => tallied.of === of && trainingKinds.has(tallied.labels.kind) && Number(tallied.labels.slot) > since,
  );
  const byLabels = groupBy(recent, ({ labels: { method, engine } }) => JSON.stringify([method, engine]));
  return [...byLabels.values()].map((group) => {
    const { method, engine } = group[0]!.labels as { method: string; engine: string };
    const values = group.map(({ labels, count }) => ({ value: Number(labels.value), count }));
    return { labels: { method, engine }, at: (share: number) => quantile(values, share) };
  });
}

/** @file Figures of one worker for Prometheus, and the address they are read from. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { DeviceLedger } from './device/ledger.js';
import type { Admits } from './metrics-access.js';
import type { Ending, TrialObserver } from './trial/run-trial.js';

export class Figures implements TrialObserver {
  readonly registry = new Registry();
  private readonly attempts = new Counter({
    name: 'rankforge_worker_attempts_total',
    help: 'Attempts that ended on this worker, by how they ended.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });
  private readonly leaseLosses = new Counter({
    name: 'rankforge_worker_lease_losses_total',
    help: 'Leases this worker lost to another attempt.',
    registers: [this.registry],
  });
  private readonly trainerDeaths = new Counter({
    name: 'rankforge_worker_trainer_deaths_total',
    help: 'Training processes that died while they ran a trial.',
    registers: [this.registry],
  });
  private readonly metricRows = new Counter({
    name: 'rankforge_worker_metric_rows_total',
    help: 'Metric points written to Postgres.',
    registers: [this.registry],
  });
  private readonly steps = new Counter({
    name: 'rankforge_worker_steps_total',
    help: 'Optimizer steps done.',
    registers: [this.registry],
  });
  private readonly trialSeconds = new Histogram({
    name: 'rankforge_worker_attempt_seconds',
    help: 'Wall time of attempts, from claim to outcome.',
    labelNames: ['outcome'],
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200],
    registers: [this.registry],
  });
  private readonly startedAt = new Map<string, number>();

  /** @param sites may get further ones later */
  constructor(sites: readonly { device: { id: string }; ledger: DeviceLedger }[]) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = (name: string, help: string, read: (ledger: DeviceLedger) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ['device'],
        registers: [this.registry],
        collect() {
          for (const { device, ledger } of sites) this.set({ device: device.id }, read(ledger));
        },
      });
    gauge('rankforge_worker_running_trials', 'Trials that run now.', (ledger) => ledger.running);
    gauge('rankforge_worker_slots', 'Trials that may run at once.', (ledger) => ledger.slots);
    gauge('rankforge_worker_device_reserved_bytes', 'Bytes reserved by trials.', (ledger) => ledger.reservedBytes);
    gauge('rankforge_worker_device_capacity_bytes', 'Bytes that trials may take.', (ledger) => ledger.capacityBytes);
  }

  started({ lease }: Parameters<TrialObserver['started']>[0]): void {
    this.startedAt.set(lease.trialId, performance.now());
  }

  progress(points: Parameters<TrialObserver['progress']>[0]): void {
    this.metricRows.inc(points.length);
    this.steps.inc(points.filter(({ name }) => name === 'train/loss').length);
  }

  ended({ lease }: Parameters<TrialObserver['ended']>[0], ending: Ending): void {
    const began = this.startedAt.get(lease.trialId);
    this.startedAt.delete(lease.trialId);
    this.attempts.inc({ outcome: ending });
    if (ending === 'lease-lost') this.leaseLosses.inc();
    if (began !== undefined) this.trialSeconds.observe({ outcome: ending }, (performance.now() - began) / 1000);
  }

  trainerDied(): void {
    this.trainerDeaths.inc();
  }
}

/** Serves `GET /metrics` to whoever is admitted by a bearer token, and `GET /livez` to anyone. */
export async function serveFigures(
  registry: Registry,
  { host, port, admits }: { host: string; port: number; admits: Admits },
): Promise<Server> {
  const answer = async (authorization: string | undefined, response: ServerResponse) => {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined || !(await admits(token))) {
      return void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    }
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(text);
  };
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/livez') return void response.end('ok\n');
    if (path !== '/metrics') return void response.writeHead(404).end();
    answer(request.headers.authorization, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

/** @file A worker: what is true of every trial it runs. */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ArtifactStore, heartbeat, openDatabase, registerWorker, stopWorker } from '@rankforge/db';
import type { Logger } from 'pino';
import { discoverDevices } from './device/discover.js';
import { DeviceLedger } from './device/ledger.js';
import type { WorkerSettings } from './env.js';
import { Figures, serveFigures } from './figures.js';
import { childVariables } from './trainer/messages.js';
import { TrainerPool } from './trainer/pool.js';
import type { Executor } from './trial/executor.js';
import { LeaseKeeper } from './trial/lease-keeper.js';
import { throughOutage } from './trial/outage.js';
import { runTrial, type TrialTools } from './trial/run-trial.js';
import { type Site, type WakeUpHandler, WakeUps } from './wake-ups.js';

export interface RunningWorker {
  id: string;
  /** Takes no further trial, lets those that run leave a checkpoint and go back, and ends. */
  drain(): Promise<void>;
}

const heartbeatMs = 2_000;
const stopWithinMs = 20_000;
/** What a trial may take beyond its prediction before its neighbours would feel it; its budget is a stricter bound. */
const headroom = 1.25;

/**
 * Starts a worker.
 * @param parts.executor runs the trials instead of forked trainers
 * @example const worker = await startWorker(readSettings(process.env), pino());
 */
export async function startWorker(
  settings: WorkerSettings,
  logger: Logger,
  parts: { executor?: Executor & { close?(): Promise<void> } } = {},
): Promise<RunningWorker> {
  const db = openDatabase({
    url: settings.databaseUrl,
    poolSize: Math.max(4, settings.slots + 2),
    statementTimeoutMs: 15_000,
  });
  const devices = await discoverDevices((reason) => logger.warn(reason));
  const sites: Site[] = devices.map((device) => ({
    device,
    ledger: new DeviceLedger({ bytes: device.capacityBytes, slots: settings.slots }),
  }));
  const figures = new Figures(sites.map(({ device, ledger }) => ({ id: device.id, ledger })));
  const executor = parts.executor ?? forkedTrainers(settings, figures, logger);
  const draining = new AbortController();
  setMaxListeners(0, draining.signal); // one listener a running trial
  const leases = new LeaseKeeper({
    db,
    leaseSeconds: settings.leaseSeconds,
    onTrouble: (error) => logger.warn({ err: (error as Error).message }, 'leases could not be renewed; trying again'),
  });
  const views = () => sites.map(({ device, ledger }) => ({ ...device, reservedBytes: ledger.reservedBytes }));
  const workerId = await throughOutage(() =>
    registerWorker(db, {
      name: settings.name,
      host: hostname(),
      pid: process.pid,
      version: ownVersion(),
      engines: settings.engines,
      slots: settings.slots,
      devices: views(),
    }),
  );
  const server = settings.metrics ? await serveFigures(figures.registry, settings.metrics) : undefined;
  const tools: TrialTools = {
    db,
    store: new ArtifactStore(settings.artifactDir),
    leases,
    executor,
    workerId,
    leaseSeconds: settings.leaseSeconds,
    logger,
    draining: draining.signal,
    observe: figures,
  };
  leases.start();
  const beat = () =>
    heartbeat(db, workerId, { devices: views(), draining: draining.signal.aborted }).catch((error: Error) =>
      logger.warn({ err: error.message }, 'heartbeat could not be written'),
    );
  const pulse = setInterval(() => void beat(), heartbeatMs);
  const wakeUps = new WakeUps({
    redisUrl: settings.redisUrl,
    prefix: settings.queuePrefix,
    engines: settings.engines,
    sites,
    handle: handler(tools),
    logger,
  });
  logger.info({ workerId, queues: wakeUps.queues, slots: settings.slots }, `worker ${settings.name} takes trials`);

  return {
    id: workerId,
    async drain() {
      logger.info({ running: leases.trialIds }, 'draining: no further trial is taken');
      wakeUps.stopTaking();
      draining.abort();
      await beat();
      await wakeUps.close(stopWithinMs + 5_000);
      await executor.close?.();
      leases.stop();
      clearInterval(pulse);
      await stopWorker(db, workerId).catch((error: Error) => logger.warn({ err: error.message }, 'stop not recorded'));
      server?.close();
      await db.$disconnect();
      logger.info('worker ended');
    },
  };
}

function handler(tools: TrialTools): WakeUpHandler {
  return async ({ trialId }, { site, room }) => {
    try {
      await runTrial(tools, {
        trialId,
        device: site.device.id,
        onClaimed: ({ predicted }) => room.shrink(Math.ceil(predicted.total * headroom)),
      });
    } catch (error) {
      if (tools.draining.aborted) return; // not claimed: the row is still queued, and the API wakes someone for it
      tools.logger.error({ err: error, trialId }, 'a trial could not be run; it goes back when its lease runs out');
      throw error;
    }
  };
}

function forkedTrainers(settings: WorkerSettings, figures: Figures, logger: Logger): TrainerPool {
  return new TrainerPool({
    script: fileURLToPath(new URL('./trainer/child.js', import.meta.url)),
    env: { [childVariables.artifactDir]: settings.artifactDir, [childVariables.modelsDir]: settings.modelsDir },
    stopWithinMs,
    onDeath: (reason) => {
      figures.trainerDied();
      logger.warn(reason);
    },
  });
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

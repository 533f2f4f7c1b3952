/** @file A worker: what is true of every trial it runs. */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WakeUp } from '@rankforge/contracts';
import {
  ArtifactStore,
  type ClaimedTrial,
  ContractError,
  type Database,
  heartbeat,
  lookAtStore,
  openDatabase,
  registerWorker,
  stopWorker,
  waitsForMoreRoom,
} from '@rankforge/db';
import { packBytes, packRoom } from '@rankforge/peft/packs';
import { headroom, heldBytes } from '@rankforge/placement';
import type { Logger } from 'pino';
import { type Device, discoverDevices } from './device/discover.js';
import { DeviceLedger } from './device/ledger.js';
import { readAgain, type Site } from './device/watch.js';
import type { WorkerSettings } from './env.js';
import { Figures, serveFigures } from './figures.js';
import { type Admits, keyAccess, tokenAccess } from './metrics-access.js';
import { requireSiteFiles } from './site-files.js';
import { childEnvironment } from './trainer/messages.js';
import { onCard } from './trainer/on-card.js';
import { PassReservations } from './trainer/pass-reservations.js';
import { TrainerPool } from './trainer/pool.js';
import { runnersOf } from './trainer/runner/program.js';
import type { Executor } from './trial/executor.js';
import { LeaseKeeper } from './trial/lease-keeper.js';
import { throughOutage } from './trial/outage.js';
import { runTrial, type TrialTools } from './trial/run-trial.js';
import { shareStatements } from './trial/shared-statements.js';
import { type WakeUpHandler, WakeUps, waitForRoomMs } from './wake-ups.js';

export interface RunningWorker {
  id: string;
  /** Takes no further trial, lets those that run leave a checkpoint and go back, and ends. */
  drain(): Promise<void>;
  /** Resolves when a migration has ended its contract and what it ran then has ended. */
  readonly retired: Promise<void>;
}

const heartbeatMs = 2_000;
/** Between two readings of the devices. */
const lookMs = 5_000;
const stopWithinMs = 20_000;
const idleLookMs = 200;
/** One server serves many workers. */
const mostConnections = 32;

/**
 * Starts a worker.
 * @param parts.executor runs the trials instead of forked trainers
 * @example const worker = await startWorker(readSettings(process.env), pino());
 */
export async function startWorker(
  settings: WorkerSettings,
  logger: Logger,
  parts: {
    executor?: Executor & Partial<Pick<TrainerPool, 'on' | 'giveUp' | 'close' | 'pids'>>;
    /** Told how to say that the worker ended, where it is to end before it takes trials. */
    onRegistered?(leave: () => Promise<void>): void;
  } = {},
): Promise<RunningWorker> {
  await requireSiteFiles(settings.siteFiles);
  const warn = onceEach((reason) => logger.warn(reason));
  const sites: Site[] = [];
  const figures = new Figures(sites);
  let admits: Admits = async () => false; // until there is a database to ask
  // Before the driver of the cards and Postgres are waited for: a cluster kills what does not say that it lives.
  const server = settings.metrics
    ? await serveFigures(figures.registry, { ...settings.metrics, admits: (token) => admits(token) })
    : undefined;
  const devices = await discoverDevices(warn, settings).catch((error: unknown) => {
    server?.close();
    throw error;
  });
  const engines = settings.engines.filter((engine) => devices.some((device) => device.engines?.includes(engine)));
  const ledgerOf = ({ capacityBytes: bytes, slots = settings.slots }: Device) =>
    new DeviceLedger({ bytes, slots, patienceMs: settings.patienceMs });
  sites.push(...devices.map((device) => ({ device, ledger: ledgerOf(device) })));
  const slots = sites.filter(({ device }) => device.engines?.length).reduce((sum, { ledger }) => sum + ledger.slots, 0);
  const db = openDatabase({
    url: settings.databaseUrl,
    poolSize: Math.min(mostConnections, Math.max(4, slots + 2)),
    statementTimeoutMs: 15_000,
  });
  admits = access(settings.metrics?.token, db);
  const executor = parts.executor ?? forkedTrainers({ ...settings, slots }, figures, logger);
  const draining = new AbortController();
  setMaxListeners(0, draining.signal); // one listener a running trial
  const leases = new LeaseKeeper({
    db,
    leaseSeconds: settings.leaseSeconds,
    onTrouble: (error) => logger.warn({ err: (error as Error).message }, 'leases could not be renewed; trying again'),
  });
  const views = () =>
    sites.map(({ device, ledger, seen }) => ({
      ...device,
      ...seen,
      capacityBytes: ledger.capacityBytes,
      reservedBytes: ledger.reservedBytes,
    }));
  const look = oneAtATime(async () => {
    const gone = await readAgain(sites, { pids: [process.pid, ...(executor.pids ?? [])], log: warn });
    for (const { device, seen } of gone)
      executor.giveUp?.(device.id, `${device.id} (${device.name}): ${seen?.trouble}`);
  });
  await look();
  const runners = await runnersOf(engines, settings.enginesDir, warn);
  const register = () =>
    registerWorker(db, {
      name: settings.name,
      host: hostname(),
      pid: process.pid,
      version: ownVersion(),
      engines,
      runners,
      slots,
      devices: views(),
      holds: settings.holds,
    });
  const workerId = await throughOutage(register, {
    patienceMs: Number.POSITIVE_INFINITY,
    onDown: (error) => warn(`Postgres cannot be reached, and is waited for: ${error.message.trim()}`),
  });
  parts.onRegistered?.(() => stopWorker(db, workerId));
  let trouble: string | undefined;
  const beat = () =>
    heartbeat(db, workerId, {
      devices: views(),
      draining: draining.signal.aborted || trouble !== undefined,
      trouble,
    }).catch((error: Error) => logger.warn({ err: error.message }, 'heartbeat could not be written'));
  const pulse = setInterval(() => void beat(), heartbeatMs);
  const lookAtFolder = () => lookAtStore(db, settings.artifactDir);
  let isMarked = await untilStoreIsSeen(lookAtFolder, async (said) => {
    trouble = said;
    if (said !== undefined) logger.error(`no trial is taken: ${said}`);
    await beat();
  });
  const store = new ArtifactStore(settings.artifactDir);
  await store.prepare();
  const tools: TrialTools = {
    db,
    store,
    leases,
    executor,
    workerId,
    leaseSeconds: settings.leaseSeconds,
    logger,
    draining: draining.signal,
    observe: figures,
    ...shareStatements({
      db,
      claimer: { workerId, leaseSeconds: settings.leaseSeconds },
      draining: draining.signal,
      logger,
    }),
  };
  leases.start();
  const looks = setInterval(() => {
    look().catch((error: Error) => logger.warn({ err: error.message }, 'devices could not be read'));
    if (isMarked) return;
    // The first API of an installation may start after its workers.
    lookAtFolder().then(
      (seen) => {
        isMarked = seen !== 'unmarked';
        if (typeof seen === 'object') retire(seen.trouble);
      },
      (error: Error) => logger.warn({ err: error.message }, 'the mark of the store could not be read'),
    );
  }, lookMs);
  const wakeUps = new WakeUps({
    redisUrl: settings.redisUrl,
    redisTls: settings.redisTls,
    prefix: settings.queuePrefix,
    engines,
    holds: settings.holds,
    sites,
    handle: handler(tools, {
      sites,
      executorOn: (site) => onCard(site, executor.on?.(site.device) ?? executor, look),
      packSize: settings.packSize,
      onRefused: (reason) => retire(reason),
    }),
    logger,
  });
  let retire: (reason: string) => void = () => {};
  const retired = new Promise<void>((resolve) => {
    retire = (reason) => {
      retire = () => {};
      logger.error({ running: leases.trialIds }, `${reason}; it takes no further trial`);
      wakeUps.stopTaking();
      void untilIdle(leases).then(resolve);
    };
  });
  logger.info({ workerId, queues: wakeUps.queues, slots }, `worker ${settings.name} takes trials`);

  return {
    id: workerId,
    retired,
    async drain() {
      logger.info({ running: leases.trialIds }, 'draining: no further trial is taken');
      wakeUps.stopTaking();
      draining.abort();
      await beat();
      await wakeUps.close(stopWithinMs + 5_000);
      await executor.close?.();
      leases.stop();
      clearInterval(pulse);
      clearInterval(looks);
      await stopWorker(db, workerId).catch((error: Error) => logger.warn({ err: error.message }, 'stop not recorded'));
      server?.close();
      await db.$disconnect();
      logger.info('worker ended');
    },
  };
}

/** Reading the worker's figures takes the token that was set; where none was, a key of the platform. */
const access = (token: string | undefined, db: Database): Admits =>
  token === undefined ? keyAccess(db) : tokenAccess(token);

/** What is read again and again says the same again and again. */
function onceEach(say: (reason: string) => void): (reason: string) => void {
  const said = new Set<string>();
  return (reason) => {
    if (!said.has(reason)) say(reason);
    said.add(reason);
  };
}

/** Calls that come while one is under way share the one after it. */
function oneAtATime(act: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= current.then(() => {
      next = undefined;
      const done = act();
      current = done.catch(() => undefined);
      return done;
    });
    return next;
  };
}

/**
 * Waits until a worker sees the folder of artifacts that the API marked: what it stored in another one, nobody could read.
 *
 * @param say told why it waits, each time that changes, and undefined when it goes on
 * @returns false while no folder is marked
 */
async function untilStoreIsSeen(
  look: () => ReturnType<typeof lookAtStore>,
  say: (trouble: string | undefined) => Promise<void>,
): Promise<boolean> {
  for (let said: string | undefined; ; await sleep(heartbeatMs)) {
    // Without Postgres no trial could be claimed either.
    const seen = await look().catch((error: Error) => ({
      trouble: `the mark of the store can't be read: ${error.message}`,
    }));
    if (typeof seen === 'string') {
      if (said !== undefined) await say(undefined);
      return seen === 'same';
    }
    if (seen.trouble !== said) await say(seen.trouble);
    said = seen.trouble;
  }
}

async function untilIdle(leases: LeaseKeeper): Promise<void> {
  while (leases.trialIds.length > 0) await sleep(idleLookMs);
}

interface HandlerParts {
  sites: readonly Site[];
  executorOn(site: Site): Executor;
  packSize: number;
  /** Called where the contract of this worker is not served any more. */
  onRefused(reason: string): void;
}

function handler(worker: TrialTools, { sites, executorOn, packSize, onRefused }: HandlerParts): WakeUpHandler {
  const run = async ({ trialId }: WakeUp, { engine, site, room }: Parameters<WakeUpHandler>[1]) => {
    const tools = { ...worker, executor: executorOn(site) };
    const classBytes = room.bytes;
    // Room for a pack is held while its members are claimed: what is claimed must fit.
    if (packSize > 1) room.extend();
    const able = sites.filter((other) => other === site || other.device.engines?.includes(engine));
    const beside = {
      packSize,
      bytes: packRoom(engine, room.bytes / headroom),
      devices: able.map(({ ledger }) => ({ slots: ledger.slots, bytes: ledger.capacityBytes / headroom })),
    };
    const ending = await runTrial(tools, {
      trialId,
      device: site.device.id,
      beside,
      onRunning: (members) => room.shrink(bytesOf(members, classBytes)),
    });
    if (ending !== 'nothing') return 'done';
    const more = await waitsForMoreRoom(tools.db, trialId);
    if (more === undefined) return 'done';
    const { devices, wholeDevice } = more;
    const bytes = classBytes * devices;
    room.release();
    // Room for all its processes is taken at once, so that none of it goes to another trial.
    const reserved =
      bytes > site.ledger.largestBytes
        ? await sleep(waitForRoomMs, undefined, { signal: tools.draining }).catch(() => undefined)
        : await site.ledger.reserve(bytes, {
            whole: wholeDevice,
            slots: devices,
            timeoutMs: waitForRoomMs,
            sinceMs: performance.now() - more.waitedSeconds * 1000,
            signal: tools.draining,
          });
    if (!reserved) return 'later';
    try {
      await runTrial(tools, {
        trialId,
        device: site.device.id,
        ...(wholeDevice && { wholeDevice }),
        devices,
        ...(!wholeDevice && { onRunning: (members) => reserved.shrink(devices * bytesOf(members, classBytes)) }),
      });
    } finally {
      reserved.release();
    }
    return 'done';
  };
  return async (wakeUp, place) => {
    try {
      return await run(wakeUp, place);
    } catch (error) {
      if (error instanceof ContractError)
        onRefused(error.message); // not claimed either
      else if (!worker.draining.aborted) {
        const { trialId } = wakeUp;
        worker.logger.error({ err: error, trialId }, 'a trial could not be run; it goes back when its lease runs out');
        throw error;
      }
      return 'done'; // not claimed: the row is still queued, and the API wakes someone for it
    }
  };
}

/** What trials hold together in one process. */
function bytesOf(members: readonly ClaimedTrial[], classBytes: number): number {
  const packed = members.flatMap(({ predicted }) => (predicted.packed ? [predicted.packed] : []));
  if (packed.length > 1) return Math.ceil(packBytes(packed) * headroom);
  return members.reduce(
    (sum, { predicted }) => sum + heldBytes(predicted.total, Math.max(predicted.total, classBytes)),
    0,
  );
}

/** @param settings `slots`: places of all devices together */
function forkedTrainers(settings: WorkerSettings, figures: Figures, logger: Logger): TrainerPool {
  return new TrainerPool({
    script: fileURLToPath(new URL('./trainer/child.bundle.js', import.meta.url)),
    env: childEnvironment(settings),
    stopWithinMs,
    stall: settings.stall,
    passes: new PassReservations({ folder: join(settings.calibrations.folder, 'reservations') }),
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

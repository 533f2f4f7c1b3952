/** @file BullMQ's side: one worker per queue that fits the device. A job is a wake-up; the row is the truth. */
import { type EngineName, MIB, memoryClassesMiB, queueName, WakeUp } from '@rankforge/contracts';
import { type Job, WaitingError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { type Device, deviceOf } from './device/discover.js';
import type { DeviceLedger, Reservation } from './device/ledger.js';

/** A device of this worker and what is left of it. */
export interface Site {
  device: Device;
  ledger: DeviceLedger;
}

/** Handles a wake-up for which room is reserved. The room is given back afterwards. */
export type WakeUpHandler = (wakeUp: WakeUp, place: { site: Site; room: Reservation }) => Promise<void>;

export interface WakeUpOptions {
  redisUrl: string;
  prefix: string;
  engines: readonly EngineName[];
  sites: readonly Site[];
  handle: WakeUpHandler;
  logger: Logger;
  /** Longest time a wake-up waits here for room before it goes back for another worker. */
  waitForRoomMs?: number;
}

/** Redis answers again within this time after an outage, at the latest. */
const longestReconnectMs = 2_000;
const settledMs = 250;

/**
 * Listens to the queues of every engine and memory class that fits its device. A queue whose class does not fit beside
 * what runs now is not listened to until there is room, so that other workers get its wake-ups.
 */
export class WakeUps {
  private readonly redis: Redis;
  private readonly listeners: { worker: Worker<WakeUp>; site: Site; bytes: number }[] = [];
  private stopping = false;
  private lastError = '';
  private pauseTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WakeUpOptions) {
    this.redis = new Redis(options.redisUrl, {
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(times * 100, longestReconnectMs),
    });
    this.redis.on('error', (error) => this.report(error));
    this.redis.on('ready', () => {
      this.lastError = '';
    });
    for (const engine of options.engines) this.listenFor(engine);
    for (const { ledger } of options.sites) ledger.onChange(() => this.followRoom());
  }

  /** Names of the queues listened to. */
  get queues(): string[] {
    return this.listeners.map(({ worker }) => worker.name);
  }

  /** Takes no further wake-up. Those that run go on. */
  stopTaking(): void {
    this.stopping = true;
    clearTimeout(this.pauseTimer);
    for (const { worker } of this.listeners) void worker.pause(true);
  }

  /** Waits for the wake-ups that run, at most `withinMs`, and closes the connections. */
  async close(withinMs: number): Promise<void> {
    this.stopTaking();
    const closed = Promise.all(this.listeners.map(({ worker }) => worker.close()));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    // Without Redis a wake-up cannot be taken off its queue: it is found stale by whoever sees it next.
    await Promise.race([closed.catch((error) => this.report(error)), late]);
    clearTimeout(timer);
    this.redis.disconnect();
  }

  private listenFor(engine: EngineName): void {
    const { sites, prefix } = this.options;
    const device = deviceOf(
      engine,
      sites.map((site) => site.device),
    );
    const site = sites.find((candidate) => candidate.device === device) as Site;
    for (const classMiB of memoryClassesMiB.filter((mib) => mib * MIB <= site.ledger.capacityBytes)) {
      const worker = new Worker<WakeUp>(
        queueName(engine, classMiB),
        (job, token) => this.process(job, token, site, classMiB * MIB),
        {
          connection: this.redis,
          prefix,
          concurrency: site.ledger.slots,
          // A lost job is taken up from Postgres; BullMQ only has to clear it away.
          lockDuration: 30_000,
          stalledInterval: 15_000,
          maxStalledCount: 5,
          removeOnComplete: { count: 0 },
          removeOnFail: { count: 0 },
        },
      );
      worker.on('error', (error) => this.report(error));
      this.listeners.push({ worker, site, bytes: classMiB * MIB });
    }
  }

  private async process(job: Job<WakeUp>, token: string | undefined, site: Site, bytes: number): Promise<void> {
    const wakeUp = WakeUp.parse(job.data);
    const room = this.stopping
      ? undefined
      : await site.ledger.reserve(bytes, { timeoutMs: this.options.waitForRoomMs ?? 2_000 });
    if (!room || this.stopping) {
      room?.release();
      await job.moveToWait(token);
      throw new WaitingError();
    }
    try {
      await this.options.handle(wakeUp, { site, room });
    } finally {
      room.release();
    }
  }

  /** Room that appears is used at once; room that is gone must stay gone for a moment, so that short trials cost no pause. */
  private followRoom(): void {
    if (this.stopping) return;
    for (const { worker, site, bytes } of this.listeners) {
      if (worker.isPaused() && site.ledger.fits(bytes)) void worker.resume();
    }
    this.pauseTimer ??= setTimeout(() => {
      this.pauseTimer = undefined;
      if (this.stopping) return;
      for (const { worker, site, bytes } of this.listeners) {
        if (!worker.isPaused() && !site.ledger.fits(bytes)) void worker.pause(true);
      }
    }, settledMs);
  }

  /** The same trouble is said once, not at every try. */
  private report(error: Error): void {
    const text = error.message || (error as NodeJS.ErrnoException).code || error.name;
    if (text === this.lastError) return;
    this.lastError = text;
    this.options.logger.warn(`Redis: ${text}`);
  }
}

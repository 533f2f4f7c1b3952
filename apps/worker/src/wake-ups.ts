/** @file BullMQ's side: on each device, one worker per queue that fits it. A job is a wake-up; the row is the truth. */
import { setMaxListeners } from 'node:events';
import {
  contractOfWakeUp,
  type EngineName,
  MIB,
  memoryClassesMiB,
  queueName,
  type RedisTls,
  WakeUp,
  workerContract,
} from '@rankforge/contracts';
import { openRedis } from '@rankforge/db';
import { type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { devicesOf } from './device/discover.js';
import type { Reservation } from './device/ledger.js';
import type { Site } from './device/watch.js';

/**
 * Handles a wake-up for which room is reserved. The room is given back afterwards.
 * @returns `later`: it needs more room than there is, and goes back for another worker, or this one in a while
 */
export type WakeUpHandler = (
  wakeUp: WakeUp,
  place: { engine: EngineName; site: Site; room: Reservation },
) => Promise<'done' | 'later'>;

export interface WakeUpOptions {
  redisUrl: string;
  redisTls?: RedisTls;
  prefix: string;
  engines: readonly EngineName[];
  /** Data that this worker has: it listens to queues of trials that need it besides. */
  holds: readonly string[];
  sites: readonly Site[];
  handle: WakeUpHandler;
  logger: Logger;
  /** Longest time a wake-up waits here for room before it goes back for another worker. */
  waitForRoomMs?: number;
}

/** See `WakeUpOptions.waitForRoomMs`. */
export const waitForRoomMs = 2_000;

/** Redis answers again within this time after an outage, at the latest. */
const longestReconnectMs = 2_000;
const settledMs = 250;

/** One queue, and the device its trials run on. */
interface Listener {
  worker: Worker<WakeUp>;
  engine: EngineName;
  site: Site;
  bytes: number;
  /** When wake-ups of this queue first failed to fit (`performance.now()`); undefined if they fit now. */
  noRoomSinceMs: number | undefined;
  /** Wake-ups that were turned away and wait here still, by the id of their job: when the wait of each began. */
  turnedAway: Map<string, number>;
}

/**
 * Listens to the queues of every engine and memory class that its device could hold. A queue whose class does not fit
 * beside what runs now is not listened to, so that other workers get its wake-ups; one that was turned away for as long
 * as the ledger's patience is listened to again, and the device drains for what it brings.
 */
export class WakeUps {
  private readonly redis: Redis;
  private readonly listeners: Listener[] = [];
  private readonly stopped = new AbortController();
  private lastError = '';
  private toldOfContract = workerContract;
  private pauseTimer: NodeJS.Timeout | undefined;
  private patienceTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WakeUpOptions) {
    setMaxListeners(0, this.stopped.signal); // one listener a wake-up that waits for room
    this.redis = openRedis(options.redisUrl, options.redisTls ?? {}, {
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
    return [...new Set(this.listeners.map(({ worker }) => worker.name))];
  }

  /** Takes no further wake-up. Those that run go on. */
  stopTaking(): void {
    this.stopped.abort();
    clearTimeout(this.pauseTimer);
    clearTimeout(this.patienceTimer);
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

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private listenFor(engine: EngineName): void {
    const { sites } = this.options;
    const devices = devicesOf(
      engine,
      sites.map((site) => site.device),
    );
    for (const site of sites.filter(({ device }) => devices.includes(device))) {
      const classes = memoryClassesMiB.filter((mib) => mib * MIB <= site.ledger.largestBytes);
      const data = [null, ...this.options.holds];
      for (const classMiB of classes) for (const held of data) this.listenOn(site, engine, { classMiB, held });
    }
  }

  private listenOn(
    site: Site,
    engine: EngineName,
    { classMiB, held }: { classMiB: number; held: string | null },
  ): void {
    const worker = new Worker<WakeUp>(
      queueName(engine, classMiB, held),
      (job, token) => this.process(job, token, listener),
      {
        connection: this.redis,
        prefix: this.options.prefix,
        concurrency: site.ledger.slots,
        // A lost job is taken up from Postgres; BullMQ only has to clear it away.
        lockDuration: 30_000,
        stalledInterval: 15_000,
        maxStalledCount: 5,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      },
    );
    const bytes = classMiB * MIB;
    const listener: Listener = { worker, engine, site, bytes, noRoomSinceMs: undefined, turnedAway: new Map() };
    worker.on('error', (error) => this.report(error));
    this.listeners.push(listener);
  }

  private async process(job: Job<WakeUp>, token: string | undefined, listener: Listener): Promise<void> {
    const wakeUp = WakeUp.parse(job.data);
    this.tellOfContract(contractOfWakeUp(job.name));
    const { engine, site } = listener;
    const id = job.id!; // every job that comes from a queue has one
    const sinceMs = listener.turnedAway.get(id) ?? waitsSinceMs(job, listener);
    const room = this.stopping
      ? undefined
      : await site.ledger.reserve(listener.bytes, {
          timeoutMs: this.options.waitForRoomMs ?? waitForRoomMs,
          sinceMs,
          signal: this.stopped.signal,
        });
    if (!room || this.stopping) {
      room?.release();
      listener.noRoomSinceMs ??= sinceMs;
      listener.turnedAway.set(id, sinceMs);
      await this.forgetThoseGone(listener);
      await job.moveToWait(token);
      throw new WaitingError();
    }
    listener.noRoomSinceMs = undefined;
    listener.turnedAway.delete(id);
    let ended: 'done' | 'later';
    try {
      ended = await this.options.handle(wakeUp, { engine, site, room });
    } finally {
      room.release();
    }
    if (ended === 'done') return;
    await job.moveToWait(token);
    throw new WaitingError();
  }

  /**
   * Forgets wake-ups that another worker has taken or that have ended: they wait here no longer. BullMQ's `drained` does
   * not tell: it means that nothing lay in the queue when one slot asked, and another slot may have just taken a wake-up
   * up or be about to put it back.
   */
  private async forgetThoseGone({ worker, turnedAway }: Listener): Promise<void> {
    const forget = async (id: string) => {
      const key = worker.toKey(id);
      const [exists, holder] = await Promise.all([this.redis.exists(key), this.redis.get(`${key}:lock`)]);
      // The lock of a job that is taken holds the token of its taker, which begins with the id of that worker.
      if (!exists || (holder !== null && !holder.startsWith(`${worker.id}:`))) turnedAway.delete(id);
    };
    await Promise.all([...turnedAway.keys()].map(forget));
  }

  /** Room that appears is used at once; room that is gone must stay gone for a moment, so that short trials cost no pause. */
  private followRoom(): void {
    if (this.stopping) return;
    this.resumeThoseThatMay();
    this.pauseTimer ??= setTimeout(() => {
      this.pauseTimer = undefined;
      if (this.stopping) return;
      for (const listener of this.listeners) {
        if (listener.worker.isPaused() || takes(listener)) continue;
        listener.noRoomSinceMs ??= performance.now();
        void listener.worker.pause(true);
      }
      this.lookAgainWhenDue();
    }, settledMs);
  }

  private resumeThoseThatMay(): void {
    for (const listener of this.listeners) {
      if (listener.worker.isPaused() && takes(listener)) void listener.worker.resume();
    }
  }

  /** A queue that was turned away comes of age without any room having changed. */
  private lookAgainWhenDue(): void {
    clearTimeout(this.patienceTimer);
    const now = performance.now();
    const due = this.listeners.flatMap((listener) => {
      const sinceMs = turnedAwaySinceMs(listener);
      return listener.worker.isPaused() && sinceMs !== undefined
        ? [sinceMs + listener.site.ledger.patienceMs - now]
        : [];
    });
    const next = Math.min(...due.filter((ms) => ms > 0));
    if (!Number.isFinite(next)) return;
    this.patienceTimer = setTimeout(() => this.followRoom(), Math.ceil(next) + 1);
  }

  /** An upgrade is under way. The database says who is served; a wake-up names a trial in every contract. */
  private tellOfContract(sender: number): void {
    if (sender === this.toldOfContract) return;
    this.toldOfContract = sender;
    if (sender === workerContract) return;
    this.options.logger.info(
      `the API speaks contract ${sender}, this worker ${workerContract}: it goes on while the database serves both`,
    );
  }

  /** The same trouble is said once, not at every try. */
  private report(error: Error): void {
    const text = error.message || (error as NodeJS.ErrnoException).code || error.name;
    if (text === this.lastError) return;
    this.lastError = text;
    this.options.logger.warn(`Redis: ${text}`);
  }
}

const takes = (listener: Listener): boolean =>
  listener.site.ledger.listens(listener.bytes, turnedAwaySinceMs(listener));

/** The longest wait of a queue: of those that were turned away; where there are none, of those that may have come since. */
function turnedAwaySinceMs({ turnedAway, noRoomSinceMs }: Listener): number | undefined {
  return turnedAway.size > 0 ? Math.min(...turnedAway.values()) : noRoomSinceMs;
}

/** The time since which a wake-up waits here: not before it came, though its class may not have fitted for hours. */
function waitsSinceMs(job: Job, { noRoomSinceMs }: Listener): number {
  const now = performance.now();
  const ageMs = Math.max(0, Date.now() - job.timestamp);
  return Math.max(noRoomSinceMs ?? now, now - ageMs);
}

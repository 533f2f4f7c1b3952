import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { groupBy, type WakeUp, wakeUpName } from '@rankforge/contracts';
import { openRedis } from '@rankforge/db';
import { type JobType, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ApiSettings } from './env.js';
import { SETTINGS } from './settings.js';

export interface QueuedWakeUp {
  queue: string;
  jobId: string;
  /** 1 (first) … 2^21, as BullMQ counts. */
  priority: number;
  trialId: string;
}

/** The server of the queues, and the connection to it. */
export interface RedisServer {
  /** What it says of itself, by name. */
  info: ReadonlyMap<string, string>;
  isEncrypted: boolean;
  isLocal: boolean;
}

const lookedUpAtOnce = 500;
const waitingTypes: readonly JobType[] = ['waiting', 'prioritized', 'delayed'];

/**
 * The queues of wake-ups, opened as they are needed. Commands fail at once while Redis is down: whoever adds a
 * wake-up keeps the row it comes from and tries again.
 */
@Injectable()
export class TrialQueues implements BeforeApplicationShutdown {
  private readonly logger = new Logger('queues');
  private readonly redis: Redis;
  private readonly queues = new Map<string, Promise<Queue<WakeUp>>>();
  private lastError = '';

  constructor(@Inject(SETTINGS) private readonly settings: ApiSettings) {
    this.redis = openRedis(settings.redisUrl, settings.redisTls, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 5000,
      // A Redis that is there and silent must not hold up what needs none, such as leases that run out.
      commandTimeout: 5000,
      retryStrategy: (times) => Math.min(times * 200, 2000),
    });
    this.redis.on('error', (error) => this.report(error));
    this.redis.on('ready', () => {
      this.lastError = '';
    });
  }

  /** Adds wake-ups; one whose job id is on the queue already changes nothing. */
  async add(wakeUps: readonly QueuedWakeUp[]): Promise<void> {
    const byQueue = groupBy(wakeUps, ({ queue }) => queue);
    await Promise.all(
      [...byQueue].map(async ([name, group]) =>
        (await this.queue(name)).addBulk(
          group.map(({ jobId, priority, trialId }) => ({
            name: wakeUpName,
            data: { trialId },
            opts: { jobId, priority, removeOnComplete: true, removeOnFail: true },
          })),
        ),
      ),
    );
  }

  /** Finds the wake-ups of a queue that Redis does not have, neither waiting nor taken by a worker. */
  async missing(name: string, wakeUps: readonly QueuedWakeUp[]): Promise<QueuedWakeUp[]> {
    const queue = await this.queue(name);
    const keyOf = ({ jobId }: QueuedWakeUp) => queue.toKey(jobId);
    const missing: QueuedWakeUp[] = [];
    for (let at = 0; at < wakeUps.length; at += lookedUpAtOnce) {
      const some = wakeUps.slice(at, at + lookedUpAtOnce);
      // One command says that all are there, as they are nearly always.
      if ((await this.redis.exists(some.map(keyOf))) === some.length) continue;
      const found = await Promise.all(some.map((wakeUp) => this.redis.exists(keyOf(wakeUp))));
      missing.push(...some.filter((_, index) => !found[index]));
    }
    return missing;
  }

  /** Moves wake-ups that wait on their queues to their priority; one that a worker has taken changes nothing. */
  async prioritize(wakeUps: readonly QueuedWakeUp[]): Promise<void> {
    // All at once: one after the other, a thousand take seconds on a Redis that is a few milliseconds away.
    await Promise.all(wakeUps.map((wakeUp) => this.prioritizeOne(wakeUp)));
  }

  private async prioritizeOne({ queue, jobId, priority }: QueuedWakeUp): Promise<void> {
    const job = await (await this.queue(queue)).getJob(jobId);
    if (!job || job.priority === priority) return;
    await job.changePriority({ priority }).catch((error: Error) => {
      // It was taken in between.
      if (!error.message.startsWith('Missing key for job')) throw error;
    });
  }

  /** Wake-ups that wait on a queue; those a worker has taken are not counted. */
  waiting(name: string): Promise<number> {
    return this.count(name, waitingTypes);
  }

  /** Wake-ups of a queue, those a worker has taken among them. */
  held(name: string): Promise<number> {
    return this.count(name, [...waitingTypes, 'active']);
  }

  private async count(name: string, types: readonly JobType[]): Promise<number> {
    const counts = await (await this.queue(name)).getJobCounts(...types);
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /**
   * Writes, since a replica answers a ping too.
   * @throws when Redis does not answer, or takes no writes
   */
  async probe(): Promise<void> {
    await this.redis.set(`${this.settings.queuePrefix}:probe`, Date.now(), 'EX', 60);
  }

  /**
   * Looks at the server by a connection of its own: the one of the queues is given up, and opened anew, whenever the server takes no
   * writes.
   * @throws where Redis does not answer
   */
  async inspect(): Promise<RedisServer> {
    const redis = this.redis.duplicate({ lazyConnect: true, retryStrategy: () => null, reconnectOnError: () => false });
    redis.on('error', () => {}); // whoever waits is told
    try {
      await redis.connect();
      const lines = (await redis.info()).split('\r\n').filter((line) => line.includes(':'));
      const { stream } = redis;
      return {
        info: new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)])),
        isEncrypted: 'encrypted' in stream && stream.encrypted === true,
        isLocal: /^(127\.|::1$|::ffff:127\.)/.test(stream.remoteAddress ?? ''),
      };
    } finally {
      redis.disconnect();
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.queues.values()].map(async (queue) => (await queue).close()));
    this.redis.disconnect();
  }

  private queue(name: string): Promise<Queue<WakeUp>> {
    const open = this.queues.get(name);
    if (open) return open;
    const opening = this.open(name);
    this.queues.set(name, opening);
    opening.catch(() => this.queues.delete(name));
    return opening;
  }

  /** A queue whose first commands fail stays broken when Redis is back: it is opened while Redis answers, or not at all. */
  private async open(name: string): Promise<Queue<WakeUp>> {
    if (this.redis.status !== 'ready') throw new Error(`Redis is not connected (${this.redis.status})`);
    const queue = new Queue<WakeUp>(name, {
      connection: this.redis,
      prefix: this.settings.queuePrefix,
      skipWaitingForReady: true,
    });
    queue.on('error', (error) => this.report(error));
    await queue.waitUntilReady();
    return queue;
  }

  /** The same trouble is said once, not at every try. */
  private report(error: Error): void {
    const text = error.message || (error as NodeJS.ErrnoException).code || error.name;
    if (text === this.lastError) return;
    this.lastError = text;
    this.logger.warn(`Redis: ${text}`);
  }
}

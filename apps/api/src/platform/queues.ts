import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import type { WakeUp } from '@rankforge/contracts';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { ApiSettings } from './env.js';
import { groupBy } from './group-by.js';
import { SETTINGS } from './settings.js';

export interface QueuedWakeUp {
  queue: string;
  jobId: string;
  /** 1 (first) … 2^21, as BullMQ counts. */
  priority: number;
  trialId: string;
}

/**
 * The queues of wake-ups, opened as they are needed. Commands fail at once while Redis is down: whoever adds a
 * wake-up keeps the row it comes from and tries again.
 */
@Injectable()
export class TrialQueues implements BeforeApplicationShutdown {
  private readonly logger = new Logger('queues');
  private readonly redis: Redis;
  private readonly queues = new Map<string, Queue<WakeUp>>();
  private lastError = '';

  constructor(@Inject(SETTINGS) private readonly settings: ApiSettings) {
    this.redis = new Redis(settings.redisUrl, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 5000,
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
      [...byQueue].map(([name, group]) =>
        this.queue(name).addBulk(
          group.map(({ jobId, priority, trialId }) => ({
            name: 'wake-up',
            data: { trialId },
            opts: { jobId, priority, removeOnComplete: true, removeOnFail: true },
          })),
        ),
      ),
    );
  }

  /** Wake-ups that wait on a queue; those a worker has taken are not counted. */
  async waiting(name: string): Promise<number> {
    const counts = await this.queue(name).getJobCounts('waiting', 'prioritized', 'delayed');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** @throws when Redis does not answer */
  async ping(): Promise<void> {
    await this.redis.ping();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.queues.values()].map((queue) => queue.close()));
    this.redis.disconnect();
  }

  private queue(name: string): Queue<WakeUp> {
    const open = this.queues.get(name);
    if (open) return open;
    const queue = new Queue<WakeUp>(name, {
      connection: this.redis,
      prefix: this.settings.queuePrefix,
      skipWaitingForReady: true,
    });
    queue.on('error', (error) => this.report(error));
    this.queues.set(name, queue);
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

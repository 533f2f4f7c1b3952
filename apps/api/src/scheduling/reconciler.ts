import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type EngineName, queueName, queuePriority, wakeUpJobId } from '@rankforge/contracts';
import { type Database, expireLeases, mayRun } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import { TrialQueues } from '../platform/queues.js';
import { Loop } from './loop.js';

const everyMs = 2000;
/** A wake-up younger than this is still on its way through the outbox. */
const settledSeconds = 3;
/** Every so often a queue is filled again even where its length looks right. */
const fullEveryMs = 30_000;
const readdAtMost = 20_000;
/** After PostgreSQL comes back, holders of leases renew before anyone takes their trials. */
const graceSeconds = 15;

interface QueuedCount {
  engine: EngineName;
  memoryClassMiB: number;
  queued: bigint;
}

interface QueuedTrial {
  id: string;
  attempts: number;
  priority: number;
}

/**
 * Heals what others lost: leases that ran out, and queues that hold fewer wake-ups than PostgreSQL has queued trials.
 * Adding a wake-up again changes nothing, so replicas need not agree on who does it.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('reconciler');
  private readonly loop: Loop;
  private lastFull = Date.now();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly queues: TrialQueues,
  ) {
    this.loop = new Loop('reconciler', everyMs, () => this.round(), this.logger);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  private async round(): Promise<void> {
    const expired = await expireLeases(this.database, { graceSeconds });
    for (const { trialId, state } of expired) this.logger.warn({ trialId, state }, 'lease ran out');
    await this.refill();
  }

  private async refill(): Promise<void> {
    const full = Date.now() - this.lastFull >= fullEveryMs;
    if (full) this.lastFull = Date.now();
    const counts = await this.database.$queryRaw<QueuedCount[]>`
      SELECT t."engine", t."memoryClassMiB", count(*) AS "queued"
      FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE t."state" = 'QUEUED' AND ${mayRun}
        AND t."queuedAt" < clock_timestamp() - make_interval(secs => ${settledSeconds})
      GROUP BY 1, 2`;
    for (const { engine, memoryClassMiB, queued } of counts) {
      const name = queueName(engine, memoryClassMiB);
      if (full || (await this.queues.waiting(name)) < Number(queued))
        await this.refillQueue(name, engine, memoryClassMiB);
    }
  }

  private async refillQueue(queue: string, engine: EngineName, memoryClassMiB: number): Promise<void> {
    const trials = await this.database.$queryRaw<QueuedTrial[]>`
      SELECT t."id", t."attempts", t."priority" FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE t."state" = 'QUEUED' AND ${mayRun} AND t."engine" = ${engine} AND t."memoryClassMiB" = ${memoryClassMiB}
      ORDER BY t."priority" DESC, t."queuedAt", t."ordinal" LIMIT ${readdAtMost}`;
    await this.queues.add(
      trials.map(({ id, attempts, priority }) => ({
        queue,
        trialId: id,
        jobId: wakeUpJobId(id, attempts),
        priority: queuePriority(priority),
      })),
    );
  }
}

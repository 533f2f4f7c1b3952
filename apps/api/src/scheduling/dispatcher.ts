import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { queuePriority, wakeUpJobId } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { DATABASE } from '../platform/database.js';
import { Notifications } from '../platform/notifications.js';
import { TrialQueues } from '../platform/queues.js';
import { Loop } from './loop.js';

const batchSize = 1000;
const pollMs = 500;

interface OutboxRow {
  trialId: string;
  queue: string;
  attempt: number;
  priority: number;
}

/**
 * Moves wake-ups from the outbox to the queues. A row goes with the transaction that added it to Redis, so one that
 * could not be added stays; several replicas take different rows.
 */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly queues: TrialQueues,
    private readonly notifications: Notifications,
  ) {
    this.loop = new Loop('dispatcher', pollMs, () => this.drain(), new Logger('dispatcher'));
  }

  onApplicationBootstrap(): void {
    this.notifications.onSweepChanged(() => this.loop.wake());
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  private async drain(): Promise<void> {
    while ((await this.dispatchBatch()) === batchSize) await sleep(0);
  }

  private async dispatchBatch(): Promise<number> {
    return this.database.$transaction(async (sql) => {
      const rows = await sql.$queryRaw<OutboxRow[]>`
        WITH taken AS (
          DELETE FROM "Outbox" WHERE "id" IN (
            SELECT "id" FROM "Outbox" ORDER BY "id" LIMIT ${batchSize} FOR UPDATE SKIP LOCKED)
          RETURNING *)
        SELECT "trialId", "queue", "attempt", "priority" FROM taken ORDER BY "id"`;
      if (rows.length > 0) {
        await this.queues.add(
          rows.map(({ trialId, queue, attempt, priority }) => ({
            trialId,
            queue,
            jobId: wakeUpJobId(trialId, attempt),
            priority: queuePriority(priority),
          })),
        );
      }
      return rows.length;
    });
  }
}

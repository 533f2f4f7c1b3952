import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { queuePriority, wakeUpJobId } from '@rankforge/contracts';
import type { Database } from '@rankforge/db';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import { Notifications } from '../platform/notifications.js';
import { TrialQueues } from '../platform/queues.js';

const batchSize = 1000;
const pollMs = 500;
/** Adding, reading and moving wake-ups are three steps on Redis, each of which fails within its 5 s where that is silent. */
const timeout = 20_000;

interface OutboxRow {
  trialId: string;
  queue: string;
  attempt: number;
  priority: number;
  ordinal: number;
  moved: boolean;
}

/**
 * Moves wake-ups from the outbox to the queues. A row goes with the transaction that added it to Redis, so one that
 * could not be added stays; several replicas take different rows.
 */
@Injectable()
export class Dispatcher extends Background {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly queues: TrialQueues,
    private readonly notifications: Notifications,
  ) {
    super('dispatcher', pollMs);
  }

  override onApplicationBootstrap(): void {
    this.notifications.onOutboxFilled(() => this.loop.wake());
    super.onApplicationBootstrap();
  }

  protected async round(): Promise<void> {
    while ((await this.dispatchBatch()) === batchSize) await sleep(0);
  }

  private async dispatchBatch(): Promise<number> {
    return this.database.$transaction(
      async (sql) => {
        const rows = await sql.$queryRaw<OutboxRow[]>`
          WITH taken AS (
            DELETE FROM "Outbox" WHERE "id" IN (
              SELECT "id" FROM "Outbox" ORDER BY "id" LIMIT ${batchSize} FOR UPDATE SKIP LOCKED)
            RETURNING *)
          SELECT o."trialId", o."queue", o."attempt", o."priority", t."ordinal", o."moved"
          FROM taken o JOIN "Trial" t ON t."id" = o."trialId" ORDER BY o."id"`;
        if (rows.length > 0) {
          const wakeUps = rows.map(({ trialId, queue, attempt, priority, ordinal, moved }) => ({
            trialId,
            queue,
            jobId: wakeUpJobId(trialId, attempt),
            priority: queuePriority(priority, ordinal),
            moved,
          }));
          await this.queues.add(wakeUps);
          await this.queues.prioritize(wakeUps.filter(({ moved }) => moved));
        }
        return rows.length;
      },
      { timeout },
    );
  }
}

import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '@rankforge/db';
import { Webhook } from 'standardwebhooks';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { post } from './post.js';

const pollMs = 1000;
const atOnce = 20;
/** A delivery whose sender died is tried by another after this: longer than one attempt can take. */
const heldSeconds = 30;

interface Due {
  id: string;
  payload: unknown;
  /** This attempt included. */
  attempts: number;
  url: string;
  secret: string;
}

/**
 * Sends what is due. Postgres is the only state: a delivery is taken by moving its due time past the attempt, and ends
 * when it is answered or given up. One that was sent by a process that died before it wrote so is sent again: receivers
 * tell by its id.
 */
@Injectable()
export class Deliveries extends Background {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {
    super('webhooks', pollMs);
  }

  protected async round(): Promise<void> {
    for (;;) {
      const due = await this.take();
      await Promise.all(due.map((delivery) => this.attempt(delivery)));
      if (due.length < atOnce) return;
    }
  }

  /** Tries one delivery now, whenever it is due. */
  async sendNow(id: string): Promise<void> {
    const [delivery] = await this.take(id);
    if (delivery) await this.attempt(delivery);
  }

  private take(id?: string): Promise<Due[]> {
    return this.database.$queryRaw<Due[]>`
      WITH due AS (
        SELECT "id" FROM "WebhookDelivery"
        WHERE "state" = 'PENDING' AND CASE WHEN ${id ?? null}::uuid IS NULL THEN "dueAt" <= clock_timestamp() ELSE "id" = ${id ?? null}::uuid END
        ORDER BY "dueAt" LIMIT ${atOnce} FOR UPDATE SKIP LOCKED
      ), taken AS (
        UPDATE "WebhookDelivery" d SET "attempts" = "attempts" + 1,
          "dueAt" = clock_timestamp() + make_interval(secs => ${heldSeconds})
        FROM due WHERE d."id" = due."id" RETURNING d.*)
      SELECT t."id", t."payload", t."attempts", w."url", w."secret"
      FROM taken t JOIN "Webhook" w ON w."id" = t."webhookId"`;
  }

  private async attempt({ id, payload, attempts, url, secret }: Due): Promise<void> {
    const body = JSON.stringify(payload);
    const now = new Date();
    const headers = {
      'user-agent': 'Rankforge',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    };
    const { status, error } = await post(url, body, headers, { allowPrivate: this.settings.webhooksPrivate });
    const wait = this.settings.webhookRetrySeconds[attempts - 1];
    const state = error === undefined ? 'DELIVERED' : wait === undefined ? 'DEAD' : 'PENDING';
    // Only the attempt that holds it says how it ended.
    await this.database.$executeRaw`
      UPDATE "WebhookDelivery" SET "state" = ${state}::"DeliveryState", "status" = ${status ?? null}::int,
        "error" = ${error ?? null}, "dueAt" = clock_timestamp() + make_interval(secs => ${wait ?? 0}),
        "endedAt" = CASE WHEN ${state} <> 'PENDING' THEN clock_timestamp() END
      WHERE "id" = ${id}::uuid AND "state" = 'PENDING' AND "attempts" = ${attempts}`;
  }
}

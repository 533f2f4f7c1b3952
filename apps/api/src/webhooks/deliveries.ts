import { Inject, Injectable } from '@nestjs/common';
import { type Database, Prisma } from '@rankforge/db';
import { Webhook } from 'standardwebhooks';
import { Background } from '../platform/background.js';
import { DATABASE } from '../platform/database.js';
import type { ApiSettings } from '../platform/env.js';
import { SETTINGS } from '../platform/settings.js';
import { post } from './post.js';

const pollMs = 1000;
/** Attempts under way in this process. */
const atOnce = 100;
/** Attempts under way to one receiver. */
const atOnceEach = 5;
/** Webhooks of one project with attempts under way: they hold half of all places, however many of its receivers do not answer. */
const atOnceOfProject = 10;
/** A delivery whose sender died is tried by another after this: longer than one attempt can take. */
const heldSeconds = 30;

/** The type of a message that tells of nothing: whoever asks for it sees how it went, and it is sent once. */
export const testMessage = 'webhook.test';

/** SQL: the delivery of a relation is due. */
const isDue = (of: 'd' | 'p') => Prisma.raw(`${of}."state" = 'PENDING' AND ${of}."dueAt" <= clock_timestamp()`);

interface Due {
  id: string;
  webhookId: string;
  projectId: string;
  type: string;
  payload: unknown;
  /** This attempt included. */
  attempts: number;
  url: string;
  secret: string;
}

/**
 * Sends what is due. Postgres is the only state: a delivery is taken by moving its due time past the attempt, and ends
 * when it is answered or given up. One that was sent by a process that died before it wrote so is sent again: receivers
 * tell by its id. A webhook gets its next deliveries when its last ones have ended, and no other waits for them: a receiver that
 * does not answer holds up its own. Projects take turns, and none has more than its share of the places.
 */
@Injectable()
export class Deliveries extends Background {
  /** Attempts under way, by webhook. */
  private readonly underWay = new Map<string, { projectId: string; ended: Promise<void> }>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: ApiSettings,
  ) {
    super('webhooks', pollMs);
  }

  /** Waits for the attempts under way too. */
  override async beforeApplicationShutdown(): Promise<void> {
    await super.beforeApplicationShutdown();
    await Promise.all(Array.from(this.underWay.values(), ({ ended }) => ended));
  }

  protected async round(): Promise<void> {
    const free = atOnce - this.underWay.size * atOnceEach;
    if (free <= 0) return;
    const projects = Array.from(this.underWay.values(), ({ projectId }) => projectId);
    const taken = await this.take(Prisma.sql`
      SELECT d."id" FROM "WebhookDelivery" d JOIN (
        SELECT "id", dense_rank() OVER (PARTITION BY "projectId" ORDER BY "waitsSince", "webhookId")
          + cardinality(array_positions(${projects}::text[], "projectId"::text)) AS "turn"
        FROM (
          SELECT p."id", p."webhookId", w."projectId", row_number() OVER own AS "place", min(p."dueAt") OVER own AS "waitsSince"
          FROM "WebhookDelivery" p JOIN "Webhook" w ON w."id" = p."webhookId"
          WHERE ${isDue('p')} AND p."webhookId" <> ALL(${[...this.underWay.keys()]}::uuid[])
          WINDOW own AS (PARTITION BY p."webhookId" ORDER BY p."dueAt")
        ) waiting WHERE "place" <= ${atOnceEach}
      ) first ON first."id" = d."id" AND first."turn" <= ${atOnceOfProject}
      WHERE ${isDue('d')} ORDER BY first."turn", d."dueAt" LIMIT ${free} FOR UPDATE OF d SKIP LOCKED`);
    for (const webhookId of new Set(taken.map((delivery) => delivery.webhookId))) {
      const due = taken.filter((delivery) => delivery.webhookId === webhookId);
      const ended = Promise.all(due.map((delivery) => this.attemptLogged(delivery))).then(() => {
        this.underWay.delete(webhookId);
        this.loop.wake();
      });
      this.underWay.set(webhookId, { projectId: due[0]!.projectId, ended });
    }
  }

  /** Tries one delivery now, whenever it is due. */
  async sendNow(id: string): Promise<void> {
    const [delivery] = await this.take(Prisma.sql`
      SELECT "id" FROM "WebhookDelivery" WHERE "state" = 'PENDING' AND "id" = ${id}::uuid FOR UPDATE SKIP LOCKED`);
    if (delivery) await this.attempt(delivery);
  }

  /** @param due SQL: ids of deliveries, locked */
  private take(due: Prisma.Sql): Promise<Due[]> {
    return this.database.$queryRaw<Due[]>`
      WITH due AS (${due}), taken AS (
        UPDATE "WebhookDelivery" d SET "attempts" = "attempts" + 1,
          "dueAt" = clock_timestamp() + make_interval(secs => ${heldSeconds})
        FROM due WHERE d."id" = due."id" RETURNING d.*)
      SELECT t."id", t."webhookId", t."type", t."payload", t."attempts", w."projectId", w."url", w."secret"
      FROM taken t JOIN "Webhook" w ON w."id" = t."webhookId"`;
  }

  /** One whose end cannot be written is sent again when its hold is over. */
  private async attemptLogged(delivery: Due): Promise<void> {
    try {
      await this.attempt(delivery);
    } catch (err) {
      this.logger.warn({ err }, `how the delivery ${delivery.id} ended was not recorded; it is sent again`);
    }
  }

  private async attempt({ id, type, payload, attempts, url, secret }: Due): Promise<void> {
    const body = JSON.stringify(payload);
    const now = new Date();
    const headers = {
      'user-agent': 'Rankforge',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    };
    const { status, error } = await post(url, body, headers, { allowPrivate: this.settings.webhooksPrivate });
    const wait = type === testMessage ? undefined : this.settings.webhookRetrySeconds[attempts - 1];
    const state = error === undefined ? 'DELIVERED' : wait === undefined ? 'DEAD' : 'PENDING';
    // Only the attempt that holds it says how it ended.
    await this.database.$executeRaw`
      UPDATE "WebhookDelivery" SET "state" = ${state}::"DeliveryState", "status" = ${status ?? null}::int,
        "error" = ${error ?? null}, "dueAt" = clock_timestamp() + make_interval(secs => ${wait ?? 0}),
        "endedAt" = CASE WHEN ${state} <> 'PENDING' THEN clock_timestamp() END
      WHERE "id" = ${id}::uuid AND "state" = 'PENDING' AND "attempts" = ${attempts}`;
  }
}

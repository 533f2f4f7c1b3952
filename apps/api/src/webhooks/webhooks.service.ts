import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  type CreateWebhook,
  type DeliveryPage,
  type DeliveryQuery,
  type DeliveryView,
  type WebhookEvent,
  type WebhookView,
  type WebhookWithSecret,
} from '@rankforge/contracts';
import type { Database, Prisma } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { DATABASE } from '../platform/database.js';
import { decodeCursor, encodeCursor, type Position, unknownCursor } from '../platform/http/cursor.js';
import { notFound, ProblemError } from '../platform/http/problem.js';
import { Deliveries, testMessage } from './deliveries.js';

/** Webhooks of a project. What happens is written down for each of them in the transaction in which it happens. */
const webhooksAtMost = 50;

/** Prisma's code of a row that refers to one which is not there. */
const noSuchRow = 'P2003';

type DeliveryRow = Prisma.WebhookDeliveryGetPayload<object>;

@Injectable()
export class WebhooksService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly deliveries: Deliveries,
  ) {}

  async list(projectId: string): Promise<WebhookView[]> {
    const [rows, counts] = await Promise.all([
      this.database.webhook.findMany({ where: { projectId }, orderBy: { id: 'desc' }, omit: { secret: true } }),
      this.database.webhookDelivery.groupBy({
        by: ['webhookId', 'state'],
        where: { webhook: { projectId }, state: { in: ['PENDING', 'DEAD'] }, type: { not: testMessage } },
        _count: true,
      }),
    ]);
    return rows.map(({ id, url, events, createdAt }) => {
      const count = (state: 'PENDING' | 'DEAD') =>
        counts.find((row) => row.webhookId === id && row.state === state)?._count ?? 0;
      return {
        id,
        url,
        events: events as WebhookEvent[],
        pending: count('PENDING'),
        dead: count('DEAD'),
        createdAt: createdAt.toISOString(),
      };
    });
  }

  /** @throws ProblemError `conflict` where the project has as many as it may */
  async create({ url, events }: CreateWebhook, projectId: string): Promise<WebhookWithSecret> {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const { id, createdAt } = await this.database.$transaction(async (sql) => {
      // Another request for the project waits until this one is counted.
      await sql.$executeRaw`SELECT 1 FROM "Project" WHERE "id" = ${projectId}::uuid FOR NO KEY UPDATE`;
      if ((await sql.webhook.count({ where: { projectId } })) >= webhooksAtMost) {
        throw new ProblemError(
          'conflict',
          `The project has ${webhooksAtMost} webhooks, which is the most: delete one, or let one receiver tell several`,
        );
      }
      return sql.webhook.create({ data: { id: uuidv7(), projectId, url, events: [...new Set(events)], secret } });
    });
    return {
      webhook: { id, url, events: [...new Set(events)], pending: 0, dead: 0, createdAt: createdAt.toISOString() },
      secret,
    };
  }

  async remove(id: string): Promise<void> {
    await this.database.webhook.deleteMany({ where: { id } });
  }

  /**
   * Sends a signed message that tells of nothing, at once and once; the answer says how it went.
   *
   * @throws ProblemError `not-found` when the webhook is deleted meanwhile
   */
  async test(webhookId: string): Promise<DeliveryView> {
    const id = uuidv7();
    const payload = { type: testMessage, timestamp: new Date().toISOString(), data: {} };
    // Due at once only for sendNow, so that the loop does not take it first.
    const data = { id, webhookId, type: payload.type, payload, dueAt: new Date(Date.now() + 60_000) };
    await this.database.webhookDelivery.create({ data }).catch((error: { code?: unknown }) => {
      throw error.code === noSuchRow ? notFound('webhook', webhookId) : error;
    });
    await this.deliveries.sendNow(id);
    const row = await this.database.webhookDelivery.findUnique({ where: { id } });
    if (!row) throw notFound('webhook', webhookId);
    return viewDelivery(row);
  }

  /** Tries what was given up once more, from the first wait on. @returns how many */
  retryDead(webhookId: string): Promise<number> {
    return this.database.$executeRaw`
      UPDATE "WebhookDelivery" SET "state" = 'PENDING', "attempts" = 0, "dueAt" = clock_timestamp(), "endedAt" = NULL
      WHERE "webhookId" = ${webhookId}::uuid AND "state" = 'DEAD' AND "type" <> ${testMessage}`;
  }

  async listDeliveries(webhookId: string, { cursor, limit, state }: DeliveryQuery): Promise<DeliveryPage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, 'deliveries');
    const at = after ? createdAtOf(after) : undefined;
    const rows = await this.database.webhookDelivery.findMany({
      where: {
        webhookId,
        ...(state ? { state } : {}),
        ...(after && at ? { OR: [{ createdAt: { lt: at } }, { createdAt: at, id: { lt: after.id } }] } : {}),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit + 1,
    });
    const items = rows.slice(0, limit).map(viewDelivery);
    const last = items.at(-1);
    const more = rows.length > limit && last;
    return {
      items,
      ...(more ? { nextCursor: encodeCursor('deliveries', { id: last.id, value: last.createdAt }) } : {}),
    };
  }
}

/** The time that a cursor carries, in the one form that is written into cursors: Postgres knows no year 0. */
function createdAtOf({ value }: Position): Date {
  const at = new Date(value ?? '');
  const isWritten = !Number.isNaN(at.getTime()) && at.toISOString() === value && at.getUTCFullYear() > 0;
  if (!isWritten) throw unknownCursor();
  return at;
}

function viewDelivery(row: DeliveryRow): DeliveryView {
  const { id, type, state, attempts, status, error } = row;
  return {
    id,
    type,
    state,
    attempts,
    dueAt: row.dueAt.toISOString(),
    status,
    error,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Database, openDatabase } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/databases.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { readSettings } from '../src/platform/env.js';
import { Deliveries } from '../src/webhooks/deliveries.js';
import { WebhooksService } from '../src/webhooks/webhooks.service.js';

/** More than a process sends at once, all due before any other. */
const toSilent = 150;
const defaultProjectId = '00000000-0000-7000-8000-000000000001';

let database: TestDatabase;
let db: Database;
let receiver: Server;
let address: string;
let deliveries: Deliveries;
/** Requests to the receiver that does not answer; undefined once it does. */
let held: ServerResponse[] | undefined;
let answered: string[];

beforeEach(async () => {
  [held, answered] = [[], []];
  receiver = createServer(({ url }, response) => {
    if (url === '/silent' && held) return held.push(response);
    answered.push(url!);
    return response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  database = await createDatabase();
  db = openDatabase({ url: database.url, poolSize: 4 });
  const settings = readSettings({
    DATABASE_URL: database.url,
    REDIS_URL: 'redis://h:6379',
    RANKFORGE_WEBHOOKS_PRIVATE: 'true',
  });
  deliveries = new Deliveries(db, settings);
});
afterEach(async () => {
  answerHeld();
  await deliveries.beforeApplicationShutdown();
  receiver.close();
  await db.$disconnect();
  await database.drop();
});

function answerHeld(): void {
  for (const response of held ?? []) response.writeHead(204).end();
  held = undefined;
}

/** Deliveries to a webhook of their own, due so many seconds ago. */
async function due(path: string, count: number, secondsAgo: number): Promise<string> {
  const webhook = {
    id: uuidv7(),
    projectId: defaultProjectId,
    url: `${address}${path}`,
    events: [],
    secret: 'whsec_MQ==',
  };
  await db.webhook.create({ data: webhook });
  const dueAt = new Date(Date.now() - secondsAgo * 1000);
  const rows = Array.from({ length: count }, () => ({
    id: uuidv7(),
    webhookId: webhook.id,
    type: 'test',
    payload: {},
    dueAt,
  }));
  await db.webhookDelivery.createMany({ data: rows });
  return webhook.id;
}

const ended = (webhookId: string) => db.webhookDelivery.count({ where: { webhookId, state: { not: 'PENDING' } } });
const untried = (webhookId: string) => db.webhookDelivery.count({ where: { webhookId, attempts: 0 } });

describe('deliveries', () => {
  it('reach all other receivers while one does not answer', async () => {
    const silent = await due('/silent', toSilent, 60);
    const many = await due('/many', 12, 30);
    const one = await due('/one', 1, 10);
    deliveries.onApplicationBootstrap();
    await waitFor('the others', async () => (await ended(many)) === 12 && (await ended(one)) === 1);
    expect([answered.length, await ended(silent)]).toEqual([13, 0]);
    expect(await untried(silent)).toBeGreaterThan(0);
  });

  it('end before a shutdown does where they have begun, and begin no more', async () => {
    const silent = await due('/silent', toSilent, 60);
    deliveries.onApplicationBootstrap();
    await waitFor('the first attempts', () => (held?.length ?? 0) >= 5);
    const stopped = deliveries.beforeApplicationShutdown();
    answerHeld();
    await stopped;
    expect([answered.length, await ended(silent)]).toEqual([0, 5]);
    expect(await untried(silent)).toBe(toSilent - 5);
  });
});

it('finds no webhook where it is deleted before the message of a test is written', async () => {
  const gone = uuidv7();
  await expect(new WebhooksService(db, deliveries).test(gone)).rejects.toMatchObject({
    kind: 'not-found',
    message: `There is no webhook ${gone}`,
  });
});

import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Database, openDatabase } from '@rankforge/db';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/databases.js';
import { partOf } from '../../../test/support/part-of.js';
import type { Caller } from '../src/access/access.js';
import type { Callers } from '../src/access/callers.js';
import { EventHub } from '../src/events/event-hub.js';
import { EventsController } from '../src/events/events.controller.js';
import { StreamKeeper } from '../src/events/stream-keeper.js';
import type { ApiSettings } from '../src/platform/env.js';
import type { Notifications } from '../src/platform/notifications.js';

const settings = partOf<ApiSettings>({ streamsPerKey: 1, eventBufferBytes: 1 });
const caller = partOf<Caller>({ keyId: 'k', name: 'ada', project: { id: '00000000-0000-7000-8000-000000000001' } });

let database: TestDatabase;
let db: Database;
beforeEach(async () => {
  database = await createDatabase();
  db = openDatabase({ url: database.url, poolSize: 2 });
});
afterEach(async () => {
  await db.$disconnect();
  await database.drop();
});

/** A request whose client leaves once it is told to; resolves when the server knows. */
async function leavingClient() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  client.on('error', () => undefined); // it leaves before there is an answer
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  server.close();
  const leave = async () => {
    const closed = once(response, 'close');
    client.destroy();
    await closed;
  };
  return { request, response, leave };
}

it.each(['before its stream began', 'while its stream began'])(
  'a client that left %s holds neither a place nor a stream',
  async (when) => {
    const { request, response, leave } = await leavingClient();
    const early = when.startsWith('before');
    const hub = new (class extends EventHub {
      override async startOf(...seen: Parameters<EventHub['startOf']>) {
        if (!early) await leave();
        return super.startOf(...seen);
      }
    })(db, partOf<Notifications>({}));
    const keeper = new StreamKeeper(partOf<Callers>({}), settings);
    const controller = new EventsController(hub, keeper, settings);
    if (early) await leave();
    const reply = { raw: response, hijack: () => undefined, getHeaders: () => ({}) };
    await controller.stream({}, caller, undefined, request as never, reply as never);
    expect(hub.clients).toBe(0);
    keeper.admit(caller, undefined).leave();
  },
);

import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { testServers } from '../../../test/support/servers.js';
import { databaseDown, databaseFull, openDatabase } from '../src/index.js';

/** What a worker's statement at this address fails with. */
async function failureAt(address: string): Promise<unknown> {
  const db = openDatabase({ url: `postgresql://user:password@${address}/none`, statementTimeoutMs: 1000 });
  try {
    await db.$executeRaw`SELECT 1`;
    throw new Error(`${address} answers`);
  } catch (error) {
    return error;
  } finally {
    await db.$disconnect();
  }
}

/** The same of a server that does this to every connection. */
async function failureWhere(connected: (socket: Socket) => void): Promise<unknown> {
  const server = createServer((socket) => connected(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await failureAt(`127.0.0.1:${(server.address() as { port: number }).port}`);
  } finally {
    server.close();
  }
}

it.each([
  ['listens on a port that is closed', () => failureAt('127.0.0.1:1')],
  ['has a name that nobody knows', () => failureAt('postgres.invalid:5432')],
  ['resets connections', () => failureWhere((socket) => socket.resetAndDestroy())],
  ['ends connections', () => failureWhere((socket) => socket.end())],
])('a server that %s cannot be reached', async (_, failure) => {
  const error = await failure();
  expect(databaseDown(error), String(error)).toBe(true);
});

// No route leads to the address of everybody; other systems say so in other words.
it.runIf(process.platform === 'linux')('a server to which no way leads cannot be reached', async () => {
  const error = await failureAt('255.255.255.255:5432');
  expect(error).toMatchObject({ code: 'ENETUNREACH' });
  expect(databaseDown(error)).toBe(true);
});

it.each(['EAI_AGAIN', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ECONNABORTED'])('%s: it cannot be reached', (code) => {
  expect(databaseDown(Object.assign(new Error(`connect ${code}`), { code }))).toBe(true);
});

it.each(['ConnectionClosed', 'SocketTimeout'])('%s of a raw statement: it cannot be reached', (kind) => {
  const meta = { driverAdapterError: { name: 'DriverAdapterError', cause: { kind } } };
  expect(databaseDown(Object.assign(new Error('Raw query failed'), { code: 'P2010', meta }))).toBe(true);
});

it('a connection that broke before a statement: it cannot be reached', () => {
  const message = 'Client has encountered a connection error and is not queryable';
  expect(databaseDown(new Error(message))).toBe(true);
});

it('a server whose disk is full, or that has no connection left, has no room now', async () => {
  const db = openDatabase({ url: `${testServers().postgres}postgres` });
  for (const code of ['disk_full', 'too_many_connections', 'out_of_memory']) {
    const statement = `DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '${code}'; END $$`;
    const error = await db.$executeRawUnsafe(statement).catch((cause: unknown) => cause);
    expect([databaseFull(error), databaseDown(error)], code).toEqual([true, true]);
  }
  await db.$disconnect();
});

it('a server that is read only cannot be used now, and is not full', async () => {
  const db = openDatabase({ url: `${testServers().postgres}postgres` });
  const writing = db.$transaction(async (sql) => {
    await sql.$executeRaw`SET TRANSACTION READ ONLY`;
    await sql.$executeRaw`CREATE TABLE "none" ()`;
  });
  const error = await writing.catch((cause: unknown) => cause);
  expect([databaseFull(error), databaseDown(error)], String(error)).toEqual([false, true]);
  await db.$disconnect();
});

it('a statement that is wrong says nothing of the server', async () => {
  const db = openDatabase({ url: `${testServers().postgres}postgres` });
  const error = await db.$executeRaw`SELECT nonsense`.catch((cause: unknown) => cause);
  await db.$disconnect();
  expect(error).toBeInstanceOf(Error);
  expect(databaseDown(error)).toBe(false);
  expect(databaseFull(error)).toBe(false);
});

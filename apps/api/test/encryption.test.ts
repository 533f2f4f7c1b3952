/** @file The line about TLS to PostgreSQL, by a real server that is reached in each way. */
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@rankforge/cli';
import { type Database, openDatabase, PostgresSession } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificates } from '../../../test/support/certificates.js';
import { partOf } from '../../../test/support/part-of.js';
import type { Tools } from '../src/diagnosis/checks/check.js';
import { encryption } from '../src/diagnosis/checks/encryption.js';
import type { TrialQueues } from '../src/platform/queues.js';

const outside = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

let dir: string;
let server: PostgresServer;
let database: Database;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'encryption-'));
  await chmod(dir, 0o755);
  const { serverCert, serverKey } = makeCertificates(dir, 'localhost', 'postgres');
  const options = { dir: join(dir, 'server'), settings: { fsync: 'off', listen_addresses: '*' } };
  const first = await startPostgres(options);
  await first.stop();
  // The server runs as another user where the tests run as root.
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres', serverKey]);
  await appendFile(join(dir, 'server', 'data', 'pg_hba.conf'), `host all all ${outside}/32 scram-sha-256\n`);
  server = await startPostgres({
    ...options,
    settings: { ...options.settings, ssl: 'on', ssl_cert_file: serverCert, ssl_key_file: serverKey },
  });
  database = openDatabase({ url: `${server.url('postgres')}?sslmode=require`, poolSize: 1 });
});
afterAll(async () => {
  await database?.$disconnect();
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const look = async (connection: { isEncrypted: boolean; isLocal: boolean }) => {
  const queues = partOf<TrialQueues>({ inspect: async () => ({ info: new Map(), ...connection }) });
  return encryption.look(partOf<Tools>({ database, queues }));
};
const local = { isEncrypted: false, isLocal: true };

it('says which TLS all connections have, and none where they stay on this machine', async () => {
  const [postgres] = await look(local);
  expect(postgres).toEqual({ name: 'TLS to PostgreSQL', state: 'ok', found: '1 connections: TLSv1.3' });
  const open = new PostgresSession({ connectionString: server.url('postgres') });
  await open.connect();
  expect((await look(local))[0]!.found).toBe('2 connections: TLSv1.3, none on this machine');
  await open.end();
});

it('warns of connections over the network that are not encrypted, and says from where', async ({ skip }) => {
  skip(outside === undefined, 'this machine has no address but that of itself');
  const url = server.url('postgres').replace('127.0.0.1', outside!);
  const open = new PostgresSession({ connectionString: url });
  await open.connect();
  expect((await look(local))[0]).toEqual({
    name: 'TLS to PostgreSQL',
    state: 'warn',
    found: `of 2 connections are not encrypted: 1 from ${outside}`,
    advice: 'add sslmode=verify-full to DATABASE_URL of these programs',
  });
  await open.end();
  const secured = new PostgresSession({ connectionString: `${url}?sslmode=require` });
  await secured.connect();
  expect((await look(local))[0]!.state).toBe('ok');
  await secured.end();
});

it('judges the connection to Redis alike', async () => {
  const of = async (isEncrypted: boolean, isLocal: boolean) => (await look({ isEncrypted, isLocal }))[1];
  expect(await of(true, false)).toEqual({ name: 'TLS to Redis', state: 'ok', found: 'encrypted' });
  expect(await of(false, true)).toMatchObject({ state: 'ok', found: 'none, on this machine' });
  expect(await of(false, false)).toMatchObject({ state: 'warn', advice: 'use rediss:// in REDIS_URL' });
});

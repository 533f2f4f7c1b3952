/** @file `rankforge doctor --cluster` against real programs and servers, each broken in turn. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding } from '@rankforge/contracts';
import { createKey, registerWorker } from '@rankforge/db';
import { execa } from 'execa';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPlatform, type Platform, type TestApi, waitFor } from '../support/index.js';

const bin = fileURLToPath(new URL('../../apps/cli/bin/rankforge.js', import.meta.url));

let platform: Platform;
let api: TestApi;

beforeAll(async () => {
  platform = await createPlatform({ servers: 'own' });
  api = await platform.startApi();
});
afterAll(() => platform.stop());

async function doctor(key = platform.keys.admin) {
  const { PATH } = process.env;
  const ran = await execa(process.execPath, [bin, 'doctor', '--cluster', '--json'], {
    env: { PATH, RANKFORGE_URL: api.url, RANKFORGE_KEY: key },
    extendEnv: false,
    reject: false,
  });
  const findings = ran.stdout === '' ? [] : (JSON.parse(ran.stdout) as { findings: Finding[] }).findings;
  const of = (name: string) => findings.filter((finding) => finding.name === name);
  return { status: ran.exitCode, err: ran.stderr, findings, of };
}

const wrong = (findings: readonly Finding[]) =>
  findings.filter(({ state }) => state !== 'ok').map(({ name, state }) => [name, state]);

it('finds all well but that no worker lives, and ends with 0', async () => {
  const { status, findings, of } = await doctor();
  expect(wrong(findings)).toEqual([['workers', 'warn']]);
  expect(status).toBe(0);
  const [server] = await platform.db.$queryRaw<
    { version: string }[]
  >`SELECT current_setting('server_version') AS version`;
  expect(of('PostgreSQL')[0]!.found).toBe(`${server!.version}, takes writes`);
  expect(of('LISTEN')[0]!.found).toBe('an echo came back');
  expect(of('TLS to PostgreSQL')[0]!.found).toMatch(/^\d+ connections: none on this machine$/);
  expect(of('Redis')[0]!.found).toMatch(/^(Valkey )?\d+\.\d+\.\d+, primary, takes writes$/);
  expect(of('store')[0]!.found).toBe(
    `${join(platform.dataDir, 'artifacts')} has the mark of the database and takes files`,
  );
  expect(of('API')[0]!.found).toMatch(/^\S+ 0\.1\.0$/);
  expect(of('clock of the API')[0]!.found).toMatch(/^0\.\d s (ahead of|behind) PostgreSQL$/);
  expect(of('migrations')[0]!.found).toMatch(/^all \d+ applied$/);
});

it('is for admins of the whole installation', async () => {
  const { secret } = await createKey(platform.db, {
    name: 'of a project',
    role: 'admin',
    projectId: (await platform.db.project.findFirstOrThrow()).id,
  });
  for (const key of [platform.keys.submitter, secret]) {
    const { status, err } = await doctor(key);
    expect(err).toMatch(/admin/);
    expect(status).toBe(3);
  }
});

it('counts live workers, and says which has another version, another clock, or trouble', async () => {
  const worker = { host: 'h', pid: 1, engines: ['wasm'] as const, slots: 1, devices: [] };
  await registerWorker(platform.db, { ...worker, name: 'good', version: '0.1.0' });
  const other = await registerWorker(platform.db, { ...worker, name: 'other', version: '0.0.9' });
  const trouble = 'its folder is another one';
  await platform.db.worker.update({ where: { id: other }, data: { trouble, clockAheadMs: 120_000n } });
  const { status, of, findings } = await doctor();
  expect(of('workers')[0]!.found).toBe('2 live, version 0.0.9, 0.1.0');
  expect(wrong(findings)).toEqual([
    ['worker other', 'warn'],
    ['worker other', 'fail'],
    ['clock of worker other', 'fail'],
  ]);
  expect(of('worker other').map(({ found }) => found)).toEqual(['version 0.0.9, and the API is 0.1.0', trouble]);
  expect(of('clock of worker other')[0]!.found).toBe('120.0 s ahead of PostgreSQL');
  expect(status).toBe(6);
  await platform.db.worker.deleteMany();
});

it('has a real worker say by how much its clock differs', async () => {
  const worker = await platform.startWorker({ RANKFORGE_DATA_DIR: platform.dataDir });
  const ahead = await waitFor(
    'a heartbeat',
    async () => (await platform.db.worker.findFirst())?.clockAheadMs ?? undefined,
  );
  expect(Math.abs(Number(ahead))).toBeLessThan(5000);
  const { findings, status } = await doctor();
  expect(wrong(findings)).toEqual([]);
  expect(status).toBe(0);
  await worker.stop();
});

it('says that the store is another one', async () => {
  const mark = join(platform.dataDir, 'artifacts', 'store-id');
  const nonce = await readFile(mark, 'utf8');
  await writeFile(mark, 'another\n');
  const { status, of } = await doctor();
  expect(of('store')).toMatchObject([{ state: 'fail', found: expect.stringContaining('but it holds another') }]);
  expect(status).toBe(6);
  await writeFile(mark, nonce);
  const folder = join(platform.dataDir, 'artifacts');
  await rename(folder, `${folder}-away`);
  expect((await doctor()).of('store')).toMatchObject([
    { state: 'fail', found: expect.stringContaining("it can't be read (ENOENT)") },
  ]);
  await rename(`${folder}-away`, folder);
});

it('says that Redis is a replica, and that it may throw wake-ups away', async () => {
  const redis = new Redis(platform.redisUrl);
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  expect((await doctor()).of('Redis')).toMatchObject([
    {
      state: 'warn',
      found: expect.stringContaining('maxmemory-policy allkeys-lru'),
      advice: 'set maxmemory-policy noeviction',
    },
  ]);
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await redis.call('REPLICAOF', '127.0.0.1', '1');
  const { of, status } = await doctor();
  expect(of('Redis')).toMatchObject([
    { state: 'fail', found: expect.stringContaining('a replica: it takes no writes') },
  ]);
  expect(status).toBe(6);
  await redis.call('REPLICAOF', 'NO', 'ONE');
  redis.disconnect();
  await waitFor('the API to write again', async () => (await doctor()).of('Redis')[0]!.state === 'ok');
});

it('says that migrations wait, or are of a newer version', async () => {
  const { db } = platform;
  const name = '29990101000000_newer';
  await db.$executeRaw`
    INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', ${name}, now())`;
  expect((await doctor()).of('migrations')).toMatchObject([
    { state: 'warn', found: `the database has 1 that this API does not know, such as ${name}` },
  ]);
  await db.$executeRaw`DELETE FROM _prisma_migrations WHERE id = 'x'`;
  const [last] = await db.$queryRaw<{ id: string; name: string }[]>`
    SELECT id, migration_name AS name FROM _prisma_migrations ORDER BY migration_name DESC LIMIT 1`;
  await db.$executeRaw`UPDATE _prisma_migrations SET finished_at = NULL WHERE id = ${last!.id}`;
  expect((await doctor()).of('migrations')).toMatchObject([
    { state: 'fail', found: `1 wait, the first is ${last!.name}` },
  ]);
  await db.$executeRaw`UPDATE _prisma_migrations SET finished_at = now() WHERE id = ${last!.id}`;
});

it('says that PostgreSQL takes no writes', async () => {
  const set = async (value: string) => {
    await platform.db.$executeRawUnsafe(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
    await platform.db.$queryRaw`SELECT pg_reload_conf()`;
  };
  await set('on');
  const { of, status } = await waitFor('the setting to reach all sessions', async () => {
    const found = await doctor();
    return found.of('PostgreSQL')[0]?.state === 'fail' ? found : undefined;
  });
  expect(of('PostgreSQL')[0]!.found).toMatch(/, read-only: it takes no writes$/);
  expect(status).toBe(6);
  const client = new pg.Client(platform.databaseUrl);
  await client.connect();
  await client.query('SET default_transaction_read_only = off');
  await client.query('ALTER SYSTEM RESET default_transaction_read_only');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
});

it('says what the API waits for while it is not ready, and ends with 6', async () => {
  await platform.servers!.postgres.stop();
  const { status, findings } = await doctor();
  expect(wrong(findings)).toEqual([['postgres', 'fail']]);
  expect(status).toBe(6);
  await platform.servers!.restartPostgres();
});

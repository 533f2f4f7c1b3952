/** @file PostgreSQL behind a real PgBouncer in transaction mode. */
import { Logger } from '@nestjs/common';
import { applyMigrations, type Database, openDatabase } from '@rankforge/db';
import pg from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/databases.js';
import { partOf } from '../../../test/support/part-of.js';
import { noPgBouncer, startPgBouncer } from '../../../test/support/pgbouncer.js';
import { waitFor } from '../../../test/support/wait-for.js';
import type { ApiSettings } from '../src/platform/env.js';
import { Notifications } from '../src/platform/notifications.js';

let database: TestDatabase;
let pooler: Awaited<ReturnType<typeof startPgBouncer>>;
let db: Database;

beforeEach(async ({ skip }) => {
  skip(noPgBouncer !== undefined, noPgBouncer);
  database = await createDatabase({ migrated: false });
  pooler = await startPgBouncer(database.url);
  db = openDatabase({ url: pooler.url, poolSize: 2 });
});
afterEach(async () => {
  if (noPgBouncer !== undefined) return;
  await db.$disconnect();
  await pooler.stop();
  await database.drop();
});

it('lets four programs migrate at once, and keeps no lock behind', async () => {
  const url = pooler.url;
  const applied = await Promise.all(Array.from({ length: 4 }, () => applyMigrations({ url })));
  // A migration ends what is connected before it.
  const direct = new pg.Client(database.url);
  await direct.connect();
  const { rows } = await direct.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1',
  );
  expect(applied.flat().sort()).toEqual(rows.map(({ name }) => name));
  expect((await direct.query("SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory'")).rows).toEqual([
    { n: 0 },
  ]);
  await direct.end();
  expect(await applyMigrations({ url })).toEqual([]);
});

it('serves statements that are prepared by name on any of its connections', async () => {
  const named = () => db.$queryRaw<{ n: number }[]>`WITH one AS (SELECT 1 AS n) SELECT n FROM one`;
  const answers = await Promise.all(Array.from({ length: 40 }, named));
  expect(new Set(answers.map(([row]) => row?.n))).toEqual(new Set([1]));
});

it('says that LISTEN is deaf behind the pooler, and hears by the direct address', async () => {
  const said: string[] = [];
  const warn = vi
    .spyOn(Logger.prototype, 'warn')
    .mockImplementation((message: unknown) => void said.push(String(message)));
  const open = async (databaseDirectUrl: string) => {
    const settings = partOf<ApiSettings>({ databaseUrl: pooler.url, databaseDirectUrl });
    const notifications = new Notifications(settings, db);
    notifications.onApplicationBootstrap();
    return notifications;
  };
  const deaf = await open(pooler.url);
  await waitFor('it to say that it is deaf', () => said.length > 0);
  expect(await deaf.hearsEcho()).toBe(false);
  await deaf.beforeApplicationShutdown();
  expect(said).toEqual([
    'notifications of PostgreSQL do not arrive: a pooler in transaction mode stands between. Set DATABASE_DIRECT_URL to an address past it; until then changes are noticed by asking, up to seconds later',
  ]);
  const hearing = await open(database.url);
  const heard: string[] = [];
  hearing.onSweepChanged((id) => heard.push(id));
  await waitFor('a notification', async () => {
    await db.$executeRaw`SELECT pg_notify('rankforge_event', 'a sweep')`;
    return heard.length > 0;
  });
  expect(heard[0]).toBe('a sweep');
  expect(await hearing.hearsEcho()).toBe(true);
  await hearing.beforeApplicationShutdown();
  expect(said).toHaveLength(1);
  warn.mockRestore();
});

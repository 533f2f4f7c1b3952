import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/index.js';
import { openDatabase } from '../src/client.js';
import { applyMigrations, isMigrated, MigrationError } from '../src/migrate.js';

let database: TestDatabase;
let directory: string;
let client: pg.Client;

beforeEach(async () => {
  database = await createDatabase({ migrated: false });
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  client = new pg.Client(database.url);
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
  await rm(directory, { recursive: true });
});

async function migration(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'migration.sql'), sql);
}

const run = () => applyMigrations({ url: database.url, directory });

test('applies in order, once', async () => {
  await migration('2_second', 'ALTER TABLE a ADD COLUMN n int DEFAULT 7;');
  await migration('1_first', 'CREATE TABLE a (id int); INSERT INTO a VALUES (1);');
  expect(await run()).toEqual(['1_first', '2_second']);
  expect(await run()).toEqual([]);
  expect((await client.query('SELECT * FROM a')).rows).toEqual([{ id: 1, n: 7 }]);
});

test('three at once apply each migration once', async () => {
  await migration('1_first', 'CREATE TABLE a (id int);');
  const applied = await Promise.all([run(), run(), run()]);
  expect(applied.flat()).toEqual(['1_first']);
});

test('a failing migration leaves nothing of itself but its record, and blocks until it is resolved', async () => {
  await migration('1_bad', 'CREATE TABLE a (id int);\nINSERT INTO b VALUES (1);');
  await expect(run()).rejects.toThrow('migration 1_bad failed, line 2: relation "b" does not exist');
  expect((await client.query("SELECT to_regclass('a') AS a")).rows).toEqual([{ a: null }]);
  await migration('1_bad', 'CREATE TABLE a (id int);');
  await expect(run()).rejects.toThrow('1_bad failed earlier');
  await client.query('UPDATE _prisma_migrations SET rolled_back_at = now()');
  expect(await run()).toEqual(['1_bad']);
});

test('a migration whose connection is cut leaves nothing, and is applied by the next run', async () => {
  await migration('1_cut', 'CREATE TABLE a (id int); SELECT pg_terminate_backend(pg_backend_pid());');
  await expect(run()).rejects.toThrow('migration 1_cut failed: terminating connection');
  expect(
    (await client.query("SELECT to_regclass('a') AS a, to_regclass('_prisma_migrations') AS records")).rows,
  ).toEqual([{ a: null, records: null }]);
  await migration('1_cut', 'CREATE TABLE a (id int);');
  expect(await run()).toEqual(['1_cut']);
});

test.each(['40P01', '53100', '55P03', '57014'])(
  'a migration that fails of what passes (%s) leaves a record that it was rolled back, and is applied by the next run',
  async (code) => {
    const failing = `DO $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '${code}'; END $$;`;
    await migration('1_unlucky', `CREATE TABLE a (id int);\n${failing}`);
    await expect(run()).rejects.toThrow('migration 1_unlucky failed: not now');
    expect((await client.query("SELECT to_regclass('a') AS a")).rows).toEqual([{ a: null }]);
    const records = `SELECT finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS "rolledBack", logs
                       FROM _prisma_migrations ORDER BY started_at`;
    const undone = { finished: false, rolledBack: true, logs: 'error: not now' };
    expect((await client.query(records)).rows).toEqual([undone]);
    await migration('1_unlucky', 'CREATE TABLE a (id int);');
    expect(await run()).toEqual(['1_unlucky']);
    expect((await client.query(records)).rows).toEqual([undone, { finished: true, rolledBack: false, logs: null }]);
  },
);

test('tells a database that has the newest migration from one that waits for it', async () => {
  const db = openDatabase({ url: database.url, poolSize: 1 });
  try {
    await migration('1_first', 'CREATE TABLE a (id int);');
    expect(await isMigrated(db, directory)).toBe(false);
    await run();
    expect(await isMigrated(db, directory)).toBe(true);
    await migration('2_second', 'INSERT INTO b VALUES (1);');
    await expect(run()).rejects.toThrow('2_second failed');
    expect(await isMigrated(db, directory)).toBe(false);
  } finally {
    await db.$disconnect();
  }
});

test('a migration edited after it was applied is refused by name', async () => {
  await migration('1_first', 'CREATE TABLE a (id int);');
  await run();
  await migration('1_first', 'CREATE TABLE a (id bigint);');
  await expect(run()).rejects.toThrow(MigrationError);
  await expect(run()).rejects.toThrow('1_first was edited after it was applied');
});

import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/index.js';
import { applyMigrations } from '../src/migrate.js';

const script = fileURLToPath(new URL('../../../scripts/prisma.mjs', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase({ migrated: false });
});

afterEach(() => database.drop());

const prisma = (...args: string[]) =>
  execa(process.execPath, [script, ...args], {
    cwd: root,
    env: { DATABASE_URL: database.url },
    all: true,
    reject: false,
  });

async function records(): Promise<unknown[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    const { rows } = await client.query(
      'SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count FROM _prisma_migrations ORDER BY 1',
    );
    return rows;
  } finally {
    await client.end();
  }
}

test('Prisma sees a database that this project migrated as its own', async () => {
  const before = await prisma('migrate', 'status');
  expect(before.all).toContain('have not yet been applied');
  expect(before.exitCode).toBe(1);

  expect((await applyMigrations({ url: database.url })).length).toBeGreaterThan(0);

  const status = await prisma('migrate', 'status');
  expect(status.all).toContain('Database schema is up to date!');
  expect(status.exitCode).toBe(0);
  const deploy = await prisma('migrate', 'deploy');
  expect(deploy.all).toContain('No pending migrations to apply.');
  expect(deploy.exitCode).toBe(0);
});

test('leaves the same records as Prisma does', async () => {
  await applyMigrations({ url: database.url });
  const ours = await records();

  await database.drop();
  database = await createDatabase({ migrated: false });
  const deploy = await prisma('migrate', 'deploy');
  expect(deploy.all).toContain('All migrations have been successfully applied.');
  expect(await records()).toEqual(ours);
  expect(await applyMigrations({ url: database.url })).toEqual([]);
});

test('the migrations make what schema.prisma says', async () => {
  const migrations = ['--from-migrations', 'prisma/migrations'];
  const diff = await prisma('migrate', 'diff', ...migrations, '--to-schema', 'prisma/schema.prisma');
  expect(diff.stdout).toContain('No difference detected.');
});

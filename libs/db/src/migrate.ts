/** @file Applies the migrations of `prisma/migrations` without an engine, leaving the records that Prisma's own leaves. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import type { Database } from './client.js';
import { databaseDown } from './outage.js';
import { PostgresSession } from './postgres-session.js';

/** The checkout's migrations. */
export const migrationsDirectory = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** The number Prisma locks with, so that its CLI and this function wait for each other. */
const advisoryLock = 72707369;

/** Connections that may be cut between two migrations. */
const mostCuts = 5;

const migrationsTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
  )`;

export interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of `sql`. */
  checksum: string;
}

/** A history that must be looked at by a person before anything more is applied. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Applies what is pending, oldest first, and returns the names applied (none: the database is up to date). `prisma migrate
 * status` and `deploy` then see the same history as if they had done it. Safe to call from several processes at once.
 *
 * @throws MigrationError when a migration fails, had failed before of what does not pass by itself, or was edited after it was
 *   applied; the driver's error where the database cannot be reached within 10 s or lets nobody in.
 * @example await applyMigrations({ url: process.env.DATABASE_URL });
 */
export async function applyMigrations(options: { url: string; directory?: string }): Promise<string[]> {
  const migrations = await readMigrations(options.directory ?? migrationsDirectory);
  const applied: string[] = [];
  for (let cuts = 0; ; cuts += 1) {
    const client = new PostgresSession({ connectionString: options.url, connectionTimeoutMillis: 10_000 });
    // The statement under way is rejected as well.
    client.on('error', () => {});
    await client.connect();
    try {
      for (let name = await applyNext(client, migrations); name; name = await applyNext(client, migrations))
        applied.push(name);
      return applied;
    } catch (error) {
      // A migration that another process applies meanwhile may end all other sessions.
      if (error instanceof MigrationError || !databaseDown(error) || cuts === mostCuts) throw error;
    } finally {
      await client.end();
    }
  }
}

/**
 * Whether a database has the newest migration of `directory`, so that programs of this checkout find the schema that they were
 * made for.
 *
 * @throws the driver's error where the database does not answer
 */
export async function isMigrated(db: Database, directory = migrationsDirectory): Promise<boolean> {
  const newest = (await migrationNames(directory)).at(-1);
  const [found] = await db.$queryRaw<{ table: string | null }[]>`
    SELECT to_regclass('_prisma_migrations')::text AS "table"`;
  if (!found?.table) return false;
  const finished = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM _prisma_migrations
     WHERE migration_name = ${newest} AND finished_at IS NOT NULL AND rolled_back_at IS NULL`;
  return finished.length > 0;
}

/** Migrations that this checkout and a database have together, and by name those that one has alone. */
export async function compareMigrations(
  db: Database,
  directory = migrationsDirectory,
): Promise<{ applied: number; pending: string[]; unknown: string[] }> {
  const own = await migrationNames(directory);
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT migration_name AS "name" FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`;
  const found = rows.map(({ name }) => name);
  const pending = own.filter((name) => !found.includes(name));
  return { applied: own.length - pending.length, pending, unknown: found.filter((name) => !own.includes(name)) };
}

/** Oldest first. */
async function migrationNames(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Migrations of a folder, oldest first. */
export async function readMigrations(directory = migrationsDirectory): Promise<Migration[]> {
  return Promise.all(
    (await migrationNames(directory)).map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Migrations that a database has, oldest first; none where it is no database of the platform. */
export async function finishedMigrations(client: pg.Client): Promise<Pick<Migration, 'name' | 'checksum'>[]> {
  const { rows } = await client.query<{ table: string | null }>(
    `SELECT to_regclass('_prisma_migrations')::text AS "table"`,
  );
  if (!rows[0]?.table) return [];
  const finished = await client.query<Pick<Migration, 'name' | 'checksum'>>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
      WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return finished.rows;
}

/**
 * Applies migrations within the transaction of the caller, who begins it and commits.
 *
 * @throws MigrationError where one fails
 */
export async function migrateWithin(client: pg.Client, migrations: readonly Migration[]): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock]);
  await client.query(migrationsTable);
  for (const migration of migrations) {
    const failure = await apply(client, migration);
    if (failure) throw failure;
  }
}

async function pendingMigrations(client: pg.Client, migrations: Migration[]): Promise<Migration[]> {
  const recorded = await client.query<{ migration_name: string; checksum: string; finished: boolean; logs: string }>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, coalesce(logs, '') AS logs
       FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const records = new Map(recorded.rows.map((row) => [row.migration_name, row]));
  for (const record of records.values()) {
    if (record.finished) continue;
    throw new MigrationError(
      `migration ${record.migration_name} failed earlier${record.logs ? ` (${record.logs.split('\n')[0]})` : ''}: repair ` +
        `the database, then \`npx prisma migrate resolve --rolled-back ${record.migration_name}\`.`,
    );
  }
  for (const migration of migrations) {
    const record = records.get(migration.name);
    if (!record || record.checksum === migration.checksum) continue;
    throw new MigrationError(
      `migration ${migration.name} was edited after it was applied (sha256 ${record.checksum} in the database, ` +
        `${migration.checksum} on disk): restore the file and write a further migration instead.`,
    );
  }
  return migrations.filter((migration) => !records.has(migration.name));
}

/**
 * Classes of SQLSTATE whose cause passes without a change to the migration or the database: deadlocks, a full disk or too many
 * connections, locks that are held, an operator who cancels.
 */
const passingClasses = ['40', '53', '55', '57'];

/**
 * Applies the oldest migration that is pending, in a transaction that holds the lock: a pooler may give the next statement outside it
 * to another session. Its statements and its record are there together or not at all; of one that fails, the record alone. Where
 * what it failed of passes, the record says that it was rolled back, so that the next run applies it anew.
 *
 * @returns its name; undefined where nothing is pending
 */
async function applyNext(client: pg.Client, migrations: Migration[]): Promise<string | undefined> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock]);
    await client.query(migrationsTable);
    const [next] = await pendingMigrations(client, migrations);
    const failure = next && (await apply(client, next));
    await client.query('COMMIT');
    if (failure) throw failure;
    return next?.name;
  } catch (error) {
    // The connection may be lost, and with it all of the migration: the next start applies it anew.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** @returns why it failed, with what it had done taken back */
async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<MigrationError | undefined> {
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    checksum,
    name,
  ]);
  const finish = (set: string, values: unknown[]) =>
    client.query(`UPDATE _prisma_migrations SET ${set} WHERE id = $1`, [id, ...values]);
  await client.query('SAVEPOINT migration');
  try {
    await client.query(sql);
    await finish('finished_at = clock_timestamp(), applied_steps_count = 1', []);
    return undefined;
  } catch (cause) {
    const { message, position, code } = cause as pg.DatabaseError;
    const line = position ? `, line ${sql.slice(0, Number(position)).split('\n').length}` : '';
    const failure = new MigrationError(`migration ${name} failed${line}: ${message}`, { cause });
    try {
      await client.query('ROLLBACK TO SAVEPOINT migration');
      await finish('logs = $2, rolled_back_at = CASE WHEN $3 THEN now() END', [
        String(cause),
        passingClasses.includes(code?.slice(0, 2) ?? ''),
      ]);
    } catch {
      throw failure;
    }
    return failure;
  }
}

/** @file Restores a backup into an empty database and an empty folder of data. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { ownFolders } from '@rankforge/contracts/data-folder';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import { ArtifactStore } from '../artifacts.js';
import { type Migration, migrateWithin, readMigrations } from '../migrate.js';
import { PostgresSession } from '../postgres-session.js';
import { type BackupEnd, type BackupEntry, BackupError, type BackupHead, type Body, readArchive } from './archive.js';
import { backupLock, copied, endAtOnce, furtherFolders, type PlatformStores, tablesOf } from './back-up.js';

export interface Restored {
  /** When the backup was made. */
  madeAt: string;
  rows: number;
  artifacts: number;
  /** Migrations that the backup did not have. */
  applied: string[];
}

/**
 * Reads a backup whole, without restoring it.
 *
 * @throws BackupError that says what is damaged, or of a newer version
 */
export async function checkBackup(file: string, signal?: AbortSignal): Promise<{ head: BackupHead; end: BackupEnd }> {
  const checked = await readArchive(file, undefined, signal);
  migrationsFor(file, checked.head, await readMigrations());
  return checked;
}

/**
 * Restores a backup, after a first reading that checks all of it. The database is filled by one transaction, which ends when all files
 * are in place: killed before that, it leaves an empty database and files, and the next call with the same backup goes on. Applies
 * migrations that the backup did not have.
 *
 * @throws BackupError where the backup is damaged or of a newer version, or database or folder hold something; the driver's error
 *   where the database is away; AbortError
 */
export async function restore(file: string, stores: PlatformStores, signal?: AbortSignal): Promise<Restored> {
  const { head, end } = await checkBackup(file, signal);
  const migrations = migrationsFor(file, head, await readMigrations());
  const client = new PostgresSession({ connectionString: stores.databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // the statement under way is rejected as well
  try {
    await client.connect();
    await client.query('BEGIN');
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${backupLock}) AS locked`,
    );
    if (!rows[0]?.locked) throw new BackupError('another restore into this database runs: wait for its end');
    await requireEmptyDatabase(client);
    const mark = await takeFolder(stores.dataDir, createHash('sha256').update(JSON.stringify(end)).digest('hex'));
    await migrateWithin(client, migrations.known);
    const tables = new Tables(client, head.tables);
    await tables.prepare();
    const store = new ArtifactStore(join(stores.dataDir, ownFolders.artifacts));
    await readArchive(
      file,
      async ({ name, artifact, body }: BackupEntry) => {
        const [, table] = /^tables\/([^/]+)\/\d+$/.exec(name) ?? [];
        if (table !== undefined) await tables.take(table, body);
        else if (artifact !== undefined) await store.putStream(body as AsyncIterable<Uint8Array>);
        else await putFile(stores.dataDir, name, body);
      },
      signal,
    );
    await tables.complete(head, end);
    await migrateWithin(client, migrations.later);
    // The first API that starts marks the folder, which is another one now.
    await client.query('DELETE FROM "Store"');
    signal?.throwIfAborted();
    await client.query('COMMIT');
    await rm(mark, { force: true });
    await client.query('ANALYZE');
    const count = Object.values(end.rows).reduce((sum, each) => sum + each, 0);
    return {
      madeAt: head.madeAt,
      rows: count,
      artifacts: head.artifacts,
      applied: migrations.later.map(({ name }) => name),
    };
  } finally {
    await endAtOnce(client);
  }
}

/** Migrations of this version that the backup has, and those that come behind them. */
function migrationsFor(file: string, head: BackupHead, own: readonly Migration[]) {
  const recorded = new Map(head.migrations.map(({ name, checksum }) => [name, checksum]));
  const names = new Set(own.map(({ name }) => name));
  const unknown = head.migrations.find(({ name }) => !names.has(name));
  if (unknown) {
    throw new BackupError(
      `${file} was made by rankforge ${head.version} with the migration ${unknown.name}, which this version does not have: ` +
        'restore with the version that made it, or a newer one',
    );
  }
  const known = own.filter(({ name }) => recorded.has(name));
  const edited = known.find(({ name, checksum }) => recorded.get(name) !== checksum);
  if (edited) {
    throw new BackupError(
      `the migration ${edited.name} has the SHA-256 ${recorded.get(edited.name)} in ${file} and ${edited.checksum} here: ` +
        'restore with the version that made it',
    );
  }
  return { known, later: own.filter(({ name }) => !recorded.has(name)) };
}

async function requireEmptyDatabase(client: PostgresSession): Promise<void> {
  const { rows } = await client.query<{ database: string; name: string; count: number }>(`
    SELECT current_database() AS database, min(c.relname) AS name, count(*)::int AS count
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`);
  const { database, name, count } = rows[0]!;
  if (count === 0) return;
  throw new BackupError(
    `the database "${database}" is not empty: it holds ${count} tables and sequences, such as ${name}. Name a new one by DATABASE_URL, ` +
      'or another folder by RANKFORGE_HOME',
  );
}

/**
 * Makes the folders, empty but for what a restore of the same backup has left there.
 *
 * @returns the file that says so
 */
async function takeFolder(dataDir: string, digest: string): Promise<string> {
  const artifacts = join(dataDir, ownFolders.artifacts);
  const mark = join(artifacts, '.restoring');
  const left = await readFile(mark, 'utf8').catch(() => undefined);
  if (left?.trim() !== digest) {
    for (const folder of [artifacts, ...furtherFolders.map((name) => join(dataDir, name))]) {
      const [found] = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      if (found === undefined) continue;
      throw new BackupError(
        `${folder} is not empty: it holds ${found}${left === undefined ? '' : ', of a restore of another backup that did not end'}. ` +
          'Move it away, or name another folder by RANKFORGE_DATA_DIR',
      );
    }
  }
  await mkdir(artifacts, { recursive: true });
  await writeFile(mark, `${digest}\n`);
  return mark;
}

async function putFile(dataDir: string, name: string, body: Body): Promise<void> {
  const path = resolve(dataDir, name.slice('files/'.length));
  const isOurs = furtherFolders.some((folder) => path.startsWith(join(resolve(dataDir), folder) + sep));
  if (!name.startsWith('files/') || !isOurs)
    throw new BackupError(`the backup has an entry ${name} that belongs nowhere`);
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.restoring`;
  const file = await open(draft, 'w', 0o644);
  try {
    for await (const piece of body) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** Tables that are being filled, without their triggers and foreign keys. */
class Tables {
  private readonly keys: { table: string; name: string; definition: string }[] = [];
  private copying: { name: string; stream: CopyStreamQuery; ended: Promise<unknown> } | undefined;
  private readonly rows: Record<string, number> = {};

  constructor(
    private readonly client: PostgresSession,
    private readonly wanted: BackupHead['tables'],
  ) {}

  private quoted = (name: string) => this.client.escapeIdentifier(name);

  /** @throws BackupError where tables are not those that the migrations of the backup make */
  async prepare(): Promise<void> {
    const made = await tablesOf(this.client);
    const text = (tables: BackupHead['tables']) =>
      tables.map(({ name, columns }) => `${name}(${[...columns].sort()})`).sort();
    const [expected, found] = [text(made), text(this.wanted)];
    const odd = found.find((each) => !expected.includes(each)) ?? expected.find((each) => !found.includes(each));
    if (odd !== undefined) throw new BackupError(`the backup and its migrations do not agree about the table ${odd}`);
    const { rows } = await this.client.query<(typeof this.keys)[number]>(`
      SELECT c.conrelid::regclass::text AS "table", c.conname AS name, pg_get_constraintdef(c.oid) AS definition
        FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
       WHERE n.nspname = current_schema() AND c.contype = 'f'`);
    this.keys.push(...rows);
    for (const { table, name } of this.keys) {
      await this.client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${this.quoted(name)}`);
    }
    for (const { name } of made) await this.client.query(`ALTER TABLE ${this.quoted(name)} DISABLE TRIGGER USER`);
    // Rows that migrations made, such as the first project.
    await this.client.query(`TRUNCATE ${made.map(({ name }) => this.quoted(name)).join(', ')}`);
  }

  /** Takes a piece of a table; pieces of one come one after the other. */
  async take(name: string, body: Body): Promise<void> {
    if (this.copying?.name !== name) {
      await this.endCopy();
      const table = this.wanted.find((each) => each.name === name);
      if (!table) throw new BackupError(`the backup has rows of a table ${name} that it does not name`);
      const stream = this.client.query(copyFrom(`COPY ${copied(this.client, table)} FROM STDIN`));
      const ended = once(stream, 'finish');
      ended.catch(() => {}); // awaited where pieces are written, and at the end
      this.copying = { name, stream, ended };
    }
    const { stream, ended } = this.copying!;
    for await (const piece of body) {
      if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), ended]);
    }
  }

  private async endCopy(): Promise<void> {
    if (!this.copying) return;
    const { name, stream, ended } = this.copying;
    stream.end();
    await ended;
    this.rows[name] = stream.rowCount;
    this.copying = undefined;
  }

  /** Makes foreign keys again, which checks them, and sets sequences. */
  async complete(head: BackupHead, end: BackupEnd): Promise<void> {
    await this.endCopy();
    for (const { name } of this.wanted) {
      const [came, written] = [this.rows[name] ?? 0, end.rows[name] ?? 0];
      if (came !== written)
        throw new BackupError(`the backup has ${written} rows of ${name}, and ${came} were restored`);
      await this.client.query(`ALTER TABLE ${this.quoted(name)} ENABLE TRIGGER USER`);
    }
    for (const { table, name, definition } of this.keys) {
      await this.client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${this.quoted(name)} ${definition}`);
    }
    for (const { name, value, isCalled } of head.sequences) {
      await this.client.query('SELECT setval($1::regclass, $2, $3)', [this.quoted(name), value, isCalled]);
    }
  }
}

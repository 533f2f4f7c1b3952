/** @file Makes a backup of a platform while it runs: its database and artifacts of one moment. */
import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownFolders } from '@rankforge/contracts/data-folder';
import { to as copyTo } from 'pg-copy-streams';
import { namesKeptForGood } from '../artifact-gc.js';
import { ArtifactStore } from '../artifacts.js';
import { finishedMigrations, readMigrations } from '../migrate.js';
import { PostgresSession } from '../postgres-session.js';
import { troubleOfMark } from '../store-mark.js';
import { BackupError, type BackupHead, type BackupWriter, backupFormat, writeArchive } from './archive.js';

/** Where a platform keeps what it knows. */
export interface PlatformStores {
  /** Past a pooler that shares sessions by transaction. */
  databaseUrl: string;
  dataDir: string;
}

export interface BackupMade {
  madeAt: string;
  bytes: number;
  rows: number;
  artifacts: number;
}

/** Folders of the data folder that nothing else makes again, beside that of artifacts. */
export const furtherFolders: readonly string[] = [ownFolders.cassettes, ownFolders.synonyms];

/** Held by whoever backs up or restores a database. */
export const backupLock = `hashtextextended('rankforge.backup', 0)`;

/** Bytes of rows that are held in memory. */
const pieceBytes = 8 * 2 ** 20;
/** Snapshots in which a row may name a file that is not there: one that a worker replaced since is not named in the next. */
const mostMisses = 5;
const missPauseMs = 100;

/**
 * Writes a backup to `out`. API and workers may run on. Rows are those of one snapshot. Every artifact that they name is held by a
 * further link to its file, made at once with the snapshot, so that it may be removed while rows are copied.
 *
 * @param options.version of this program
 * @param options.migrations folder of those of this program; default: the checkout's
 * @throws BackupError where another backup runs, the folder is not that of the database, or an artifact is missing or damaged;
 *   the error of `out`, such as ENOSPC; AbortError
 */
export async function backUp(
  stores: PlatformStores,
  out: Writable,
  options: { version: string; migrations?: string; signal?: AbortSignal },
): Promise<BackupMade> {
  const client = new PostgresSession({ connectionString: stores.databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // the statement under way is rejected as well
  const artifactDir = join(stores.dataDir, ownFolders.artifacts);
  const store = new ArtifactStore(artifactDir);
  let isLocked = false;
  try {
    await client.connect();
    const { rows } = await client.query<{ locked: boolean }>(`SELECT pg_try_advisory_lock(${backupLock}) AS locked`);
    if (!rows[0]?.locked) throw new BackupError('another backup of this database runs: wait for its end');
    isLocked = true;
    // Left by a backup that was killed.
    await store.releaseHeld();
    const { migrations, artifacts } = await holdMoment(client, store, artifactDir, options);
    const head: BackupHead = {
      format: backupFormat,
      version: options.version,
      madeAt: await nowOf(client),
      migrations,
      tables: await tablesOf(client),
      sequences: await sequencesOf(client),
      artifacts: artifacts.length,
    };
    const rowsOf: Record<string, number> = {};
    const bytes = await writeArchive(
      out,
      head,
      async (writer) => {
        for (const table of head.tables) rowsOf[table.name] = await addTable(client, writer, table);
        await client.query('COMMIT');
        for (const sha256 of artifacts) {
          const { size, body } = await store.openHeld(sha256);
          await writer.addArtifact(sha256, size, body);
        }
        for (const folder of furtherFolders) await addFolder(writer, stores.dataDir, folder);
        return rowsOf;
      },
      options.signal,
    );
    const count = Object.values(rowsOf).reduce((sum, each) => sum + each, 0);
    return { madeAt: head.madeAt, bytes, rows: count, artifacts: artifacts.length };
  } finally {
    if (isLocked) await store.releaseHeld();
    await endAtOnce(client);
  }
}

/** Ends a session in whatever it does: a copy that nobody reads any more does not end by itself. */
export async function endAtOnce(client: PostgresSession): Promise<void> {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  await Promise.race([client.end(), sleep(2000, undefined, { ref: false })]);
  connection.stream.destroy();
}

/** Begins a transaction with a snapshot, and holds all artifacts that its rows name. */
async function holdMoment(
  client: PostgresSession,
  store: ArtifactStore,
  artifactDir: string,
  { migrations: directory, signal }: { migrations?: string; signal?: AbortSignal },
) {
  const misses = new Map<string, number>();
  for (;;) {
    signal?.throwIfAborted();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
    const migrations = await requireOwnSchema(client, directory);
    await requireMarked(client, artifactDir);
    const { rows } = await client.query<{ sha256: string }>(
      `SELECT "sha256" FROM "Artifact" UNION ${namesKeptForGood} ORDER BY "sha256"`,
    );
    const artifacts = [...new Set(rows.map(({ sha256 }) => sha256))];
    const missing: string[] = [];
    for (const sha256 of artifacts) if (!(await store.hold(sha256))) missing.push(sha256);
    if (missing.length === 0) return { migrations, artifacts };
    await client.query('ROLLBACK');
    for (const sha256 of missing) {
      const count = (misses.get(sha256) ?? 0) + 1;
      if (count >= mostMisses) throw missingArtifact(sha256, missing.length);
      misses.set(sha256, count);
    }
    await sleep(missPauseMs);
  }
}

/** Which rows name files is known of the tables of this version alone. */
async function requireOwnSchema(client: PostgresSession, directory: string | undefined) {
  const own = (await readMigrations(directory)).map(({ name }) => name);
  const found = await finishedMigrations(client);
  const names = found.map(({ name }) => name);
  if (names.length === 0)
    throw new BackupError('the database holds no platform: does DATABASE_URL name that of the API?');
  const newer = names.find((name) => !own.includes(name));
  const pending = own.find((name) => !names.includes(name));
  if (newer === undefined && pending === undefined) return found;
  throw new BackupError(
    `the database is of ${newer === undefined ? `an older version: it lacks the migration ${pending}` : `a newer version: it has the migration ${newer}`}. ` +
      'Back it up with the version that runs on it',
  );
}

const missingArtifact = (sha256: string, count: number) =>
  new BackupError(
    `the database names ${count === 1 ? 'an artifact' : `${count} artifacts`} whose file is missing, such as ${sha256}: put it back ` +
      'from an older backup, or remove the sweep, data set or adapter that it is of',
  );

/** The folder must be the one that the API marked; no API has started on one without a mark, so that it holds nothing. */
async function requireMarked(client: PostgresSession, artifactDir: string): Promise<void> {
  const { rows } = await client.query<{ nonce: string; host: string; folder: string }>('SELECT * FROM "Store"');
  const trouble = rows[0] && (await troubleOfMark(rows[0], artifactDir));
  if (trouble) throw new BackupError(trouble);
}

async function nowOf(client: PostgresSession): Promise<string> {
  const { rows } = await client.query<{ now: Date }>('SELECT now()');
  return rows[0]!.now.toISOString();
}

/** Tables but that of migrations, with the columns that rows are copied with. */
export async function tablesOf(client: PostgresSession): Promise<BackupHead['tables']> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(`
    SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> '_prisma_migrations' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     GROUP BY c.relname ORDER BY c.relname`);
  return rows;
}

/** Sequences are of no snapshot: read behind it they are at its values or further. */
async function sequencesOf(client: PostgresSession): Promise<BackupHead['sequences']> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = current_schema() AND c.relkind = 'S' ORDER BY c.relname`,
  );
  const sequences: BackupHead['sequences'] = [];
  for (const { name } of rows) {
    const found = await client.query<{ value: string; isCalled: boolean }>(
      `SELECT last_value::text AS value, is_called AS "isCalled" FROM ${client.escapeIdentifier(name)}`,
    );
    sequences.push({ name, ...found.rows[0]! });
  }
  return sequences;
}

/** SQL that names a table with the columns of a backup. */
export const copied = (client: PostgresSession, { name, columns }: BackupHead['tables'][number]) =>
  `${client.escapeIdentifier(name)} (${columns.map((column) => client.escapeIdentifier(column)).join(', ')})`;

async function addTable(client: PostgresSession, writer: BackupWriter, table: BackupHead['tables'][number]) {
  const stream = client.query(copyTo(`COPY ${copied(client, table)} TO STDOUT`));
  let held: Uint8Array[] = [];
  let bytes = 0;
  let piece = 0;
  const flush = async () => {
    if (bytes === 0) return;
    piece += 1;
    await writer.add(`tables/${table.name}/${piece}`, bytes, held);
    held = [];
    bytes = 0;
  };
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    held.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= pieceBytes) await flush();
  }
  await flush();
  return stream.rowCount;
}

/** A file that grows meanwhile is taken as long as it was: its lines are added at its end. */
async function addFolder(writer: BackupWriter, dataDir: string, folder: string): Promise<void> {
  for await (const path of filesBelow(resolve(dataDir, folder))) {
    const size = await stat(path).then(
      (found) => found.size,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      },
    );
    if (size === undefined) continue;
    const body = size === 0 ? [] : createReadStream(path, { end: size - 1 });
    await writer.add(`files/${relative(dataDir, path)}`, size, body);
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

import { createWriteStream } from 'node:fs';
import { cp, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase } from '../../../test/support/databases.js';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { backUp, checkBackup, restore } from '../src/backup/index.js';
import {
  ArtifactStore,
  applyMigrations,
  claimTrial,
  collectArtifacts,
  openDatabase,
  recordArtifact,
} from '../src/index.js';
import { migrationsDirectory } from '../src/migrate.js';

let fixture: Fixture;
let dataDir: string;
let store: ArtifactStore;

beforeAll(async () => {
  fixture = await openFixture();
  dataDir = await mkdtemp(join(tmpdir(), 'rankforge-backup-'));
  store = new ArtifactStore(join(dataDir, 'artifacts'));
  await store.prepare();
});
afterAll(async () => {
  await fixture.close();
  await rm(dataDir, { recursive: true });
});

/** A checkpoint of a trial that runs, which `recordArtifact` replaces by the next. */
async function withCheckpoint() {
  const { db, workerId } = fixture;
  const trialId = await fixture.queued();
  const { lease } = (await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 600 }))!;
  const record = async (step: number) => {
    const stored = await store.put(Buffer.from(`checkpoint of step ${step} of ${trialId}`));
    await recordArtifact(db, lease, { kind: 'checkpoint', step, ...stored }, { keep: 1 });
    return stored.sha256;
  };
  return { record, first: await record(1) };
}

/** Takes a backup, and does something once its first bytes are written. */
async function backedUp(meanwhile: () => Promise<unknown>) {
  const pieces: Buffer[] = [];
  const out = new Writable({
    write(piece: Buffer, _, done) {
      const isFirst = pieces.length === 0;
      pieces.push(piece);
      if (isFirst) meanwhile().then(() => done(), done);
      else done();
    },
  });
  const made = await backUp({ databaseUrl: fixture.database.url, dataDir }, out, { version: '0.1.0' });
  return { made, bytes: Buffer.concat(pieces) };
}

it('holds a checkpoint that a worker replaces and the API collects while rows are copied', async () => {
  const { first, record } = await withCheckpoint();
  const then = new Date(Date.now() - 2 * 86_400_000);
  await utimes(store.pathOf(first), then, then);
  const { made, bytes } = await backedUp(async () => {
    await record(2);
    await fixture.db.attempt.updateMany({ data: { startedAt: new Date() } });
    await store.remove(first);
    await collectArtifacts(fixture.db, store, { graceSeconds: 3600 });
    expect(await store.size(first)).toBeUndefined();
  });
  expect(made.artifacts).toBe(1);
  expect(bytes.includes(`artifacts/${first}`)).toBe(true);
  expect(bytes.includes('checkpoint of step 1 of ')).toBe(true);
  expect(bytes.includes('checkpoint of step 2 of ')).toBe(false);
  expect(await readdir(join(dataDir, 'artifacts'))).not.toContain('.held');
});

it('lets one backup of a database run at once', async () => {
  let other: unknown;
  await backedUp(async () => {
    other = await backedUp(async () => {}).catch((error: Error) => error.message);
  });
  expect(other).toBe('another backup of this database runs: wait for its end');
});

it('names an artifact that is lost, and one that is damaged', async () => {
  const { db } = fixture;
  const [kept] = await db.artifact.findMany({ where: { kind: 'checkpoint' } });
  const bytes = await store.read(kept!.sha256);
  await store.remove(kept!.sha256);
  await expect(backedUp(async () => {})).rejects.toThrow(
    `the database names an artifact whose file is missing, such as ${kept!.sha256}: put it back from an older backup`,
  );
  const other = await store.put(Buffer.from('other bytes'));
  await sqlOf(
    fixture.database.url,
    `UPDATE "Artifact" SET "sha256" = '${other.sha256}' WHERE "sha256" = '${kept!.sha256}'`,
  );
  await writeFile(store.pathOf(other.sha256), 'changed');
  await expect(backedUp(async () => {})).rejects.toThrow(
    new RegExp(`^artifact ${other.sha256} is damaged: its bytes hash to [0-9a-f]{64}$`),
  );
  await store.put(bytes);
  await store.put(Buffer.from('other bytes'));
});

it('refuses a database that is no platform, and a file that is no backup', async () => {
  const empty = await createDatabase({ migrated: false });
  const out = new Writable({ write: (_piece, _encoding, done) => done() });
  await expect(backUp({ databaseUrl: empty.url, dataDir }, out, { version: '0.1.0' })).rejects.toThrow(
    'the database holds no platform: does DATABASE_URL name that of the API?',
  );
  await empty.drop();
  await expect(checkBackup(import.meta.filename)).rejects.toThrow(/is no whole backup: /);
});

it('gives up when its output fails, with the error of the output', async () => {
  const out = new Writable({
    write: (_piece, _encoding, done) => done(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })),
  });
  await expect(backUp({ databaseUrl: fixture.database.url, dataDir }, out, { version: '0.1.0' })).rejects.toMatchObject(
    { code: 'ENOSPC' },
  );
  expect(await readdir(join(dataDir, 'artifacts'))).not.toContain('.held');
});

it('restores a backup of an older version, and applies the migrations that it lacks to its rows', async () => {
  const older = await mkdtemp(join(tmpdir(), 'rankforge-older-'));
  const migrations = join(older, 'migrations');
  await cp(migrationsDirectory, migrations, { recursive: true });
  // It makes the table of counts and counts the trials that are there.
  const lacking = '20261203093000_statement_triggers';
  for (const name of await readdir(migrations))
    if (name >= lacking) await rm(join(migrations, name), { recursive: true });
  const database = await createDatabase({ migrated: false });
  await applyMigrations({ url: database.url, directory: migrations });
  const filled = await openFixture(database);
  for (let trial = 0; trial < 3; trial += 1) await filled.queued();
  const file = join(older, 'backup.tar');
  const stores = { databaseUrl: database.url, dataDir: older };
  await new ArtifactStore(join(older, 'artifacts')).prepare();
  await backUp(stores, createWriteStream(file), { version: '0.1.0', migrations });
  const target = await createDatabase({ migrated: false });
  const restored = await restore(file, { databaseUrl: target.url, dataDir: join(older, 'restored') });
  expect(restored.applied[0]).toBe(lacking);
  const db = openDatabase({ url: target.url, poolSize: 2 });
  const counted = await db.$queryRaw`
    SELECT "labels"->>'state' AS "state", sum("count")::int AS "count" FROM "Tally" WHERE "of" = 'trials' GROUP BY 1`;
  expect(counted).toEqual([{ state: 'QUEUED', count: 3 }]);
  // Triggers and foreign keys are back.
  const [trial] = await db.trial.findMany();
  await db.trial.update({ where: { id: trial!.id }, data: { state: 'CANCELLED' } });
  expect(
    await db.$queryRaw`
    SELECT "labels"->>'state' AS "state", sum("count")::int AS "count" FROM "Tally" WHERE "of" = 'trials' GROUP BY 1 ORDER BY 1`,
  ).toEqual([
    { state: 'CANCELLED', count: 1 },
    { state: 'QUEUED', count: 2 },
  ]);
  const keys = (url: string) => sqlOf(url, `SELECT conname FROM pg_constraint WHERE contype = 'f' ORDER BY 1`);
  expect(await keys(target.url)).toEqual(await keys(fixture.database.url));
  await db.$disconnect();
  await filled.close();
  await target.drop();
  await rm(older, { recursive: true });
});

async function sqlOf(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

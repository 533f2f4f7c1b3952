/** @file The migration by which the kind of a trial became text, while programs of before go on. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/index.js';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { claimTrial, databaseDown } from '../src/index.js';
import { applyMigrations, migrationsDirectory } from '../src/migrate.js';

const name = '20261127170000_trial_kinds_as_text';
let directory: string;
let database: TestDatabase;
let fixture: Fixture;

const apply = () => applyMigrations({ url: database.url, directory });

async function copy(holds: (migration: string) => boolean): Promise<void> {
  for (const migration of (await readdir(migrationsDirectory)).filter(holds)) {
    await cp(join(migrationsDirectory, migration), join(directory, migration), { recursive: true });
  }
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trial-kinds-'));
  database = await createDatabase({ migrated: false });
  // Later migrations are there, for the client writes their columns.
  await copy((migration) => migration !== name);
  await apply();
  fixture = await openFixture(database);
});
afterEach(async () => {
  await fixture.close();
  await rm(directory, { recursive: true });
});

/** A claim of a worker, which waits for a database that is away. */
async function claim(trialId: string) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await claimTrial(fixture.db, { trialId, workerId: fixture.workerId, device: 'host', leaseSeconds: 60 });
    } catch (error) {
      if (!databaseDown(error) || attempt === 20) throw error;
    }
  }
}

async function rows(): Promise<unknown[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows: found } = await client.query('SELECT to_jsonb(t) AS "trial" FROM "Trial" t ORDER BY "ordinal"');
  await client.end();
  return found;
}

it('keeps every trial, and lets a worker that has its claim prepared go on', async () => {
  const first = await fixture.queued();
  const training = await fixture.queued();
  const scoring = await fixture.queued({ kind: 'score', scoresTrialId: first });
  expect(await claim(first)).toMatchObject({ kind: 'train' });
  const before = await rows();
  // A second runner waits for the first.
  await copy((migration) => migration === name);
  const applied = await Promise.all([apply(), apply()]);
  expect(applied.flat()).toEqual([name]);
  expect(await rows()).toEqual(before);
  expect(await claim(training)).toMatchObject({ kind: 'train' });
  expect(await claim(scoring)).toMatchObject({ kind: 'score', scores: { trialId: first } });
});

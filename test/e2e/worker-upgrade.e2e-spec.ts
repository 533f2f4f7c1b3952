/** @file A rolling upgrade with real processes of two versions: migrations in mid-sweep, workers and APIs of both. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerContract } from '@rankforge/contracts';
import { applyMigrations } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPlatform, type Platform, type TestApi, waitFor } from '../support/index.js';
import { buildOfContract } from '../support/other-builds.js';
import { writeTinyBase } from '../support/tiny-base.js';
import { expectSoundHistories, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

const next = workerContract + 1;
let platform: Platform;
let api: TestApi;
let folder: string;
let build: string;
let base: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-upgrade-'));
  await mkdir(join(folder, 'models'));
  base = await writeTinyBase(join(folder, 'models'));
  await cp(fileURLToPath(new URL('../../prisma/migrations', import.meta.url)), join(folder, 'migrations'), {
    recursive: true,
  });
  build = await buildOfContract(next);
  platform = await createPlatform();
  api = await platform.startApi({ RANKFORGE_MODELS_DIR: join(folder, 'models') });
});
afterAll(async () => {
  await platform.stop();
  for (const path of [folder, build]) await rm(path, { recursive: true, force: true });
});

/** Writes a further migration and applies it, as `npm run db:migrate` of the next version does. */
async function migrate(name: string, sql: string): Promise<void> {
  const directory = join(folder, 'migrations');
  await mkdir(join(directory, name));
  await writeFile(join(directory, name, 'migration.sql'), sql);
  expect(await applyMigrations({ url: platform.databaseUrl, directory })).toEqual([name]);
}

const worker = (name: string, from?: string) =>
  platform.startWorker(
    {
      RANKFORGE_MODELS_DIR: join(folder, 'models'),
      RANKFORGE_WORKER_NAME: name,
      RANKFORGE_WORKER_SLOTS: '1',
      RANKFORGE_PACK_SIZE: '1',
    },
    from,
  );

/** How many trainings of the sweep each worker has finished. */
async function finishedBy(sweepId: string): Promise<Record<string, number>> {
  const done = (await trainings(platform, sweepId)).filter(({ state }) => state === 'SUCCEEDED');
  const names = done.map(({ attemptList }) => attemptList.at(-1)!.worker!.name);
  return Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((other) => other === name).length]));
}

const untilFinished = (what: string, sweepId: string, least: Record<string, number>) =>
  waitFor(what, async () => {
    const done = await finishedBy(sweepId);
    return Object.entries(least).every(([name, count]) => (done[name] ?? 0) >= count);
  });

/** Enough that some trainings are left at each turn of the test. */
const [firstSeeds, secondSeeds] = [16, 9];
const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);
const sweepOf = (count: number, priority: number) =>
  submit(
    platform,
    api,
    tinySweep(base, {
      seed: seeds(count),
      priority,
      reuse: false,
      // Long enough that some are left when the newer worker has started.
      training: { steps: 150, batchSize: 4, sequenceLength: 16 },
    }),
  );

it('loses nothing: both versions work between two migrations, then the older one ends by itself and says why', async () => {
  const first = await sweepOf(firstSeeds, 50);
  const older = await worker('older');
  await untilFinished('the older worker to finish some', first, { older: 2 });

  // First a migration that serves both. Tables change under the worker, and the type of a column that its claim returns; its
  // statements are the older ones.
  await migrate(
    '20990101000000_next',
    `ALTER TABLE "Trial" ADD COLUMN "nextVersion" TEXT;
     ALTER TABLE "Attempt" ADD COLUMN "nextVersion" TEXT NOT NULL DEFAULT 'before';
     CREATE INDEX "Trial_nextVersion_idx" ON "Trial"("nextVersion");
     ALTER TABLE "Trial" ALTER COLUMN "kind" TYPE VARCHAR(32);
     SELECT "end_other_sessions"();
     UPDATE "worker_contract" SET "current" = ${next}`,
  );
  await api.stop();
  api = await platform.startApi({ RANKFORGE_MODELS_DIR: join(folder, 'models') }, build);
  await worker('newer', build);
  // Its start takes as long as several of these trainings; from here on both take what comes.
  await untilFinished('the newer worker to finish one', first, { newer: 1 });
  const second = await sweepOf(secondSeeds, 90);
  await untilFinished('both to finish some of what the newer API sent', second, { older: 2, newer: 2 });

  // Then one that ends the older.
  await migrate('20990101000001_end', `UPDATE "worker_contract" SET "oldest" = ${next}`);
  await older.exited;
  const left = (await Promise.all([first, second].map((id) => trainings(platform, id)))).flat();
  expect(left.some(({ state }) => state !== 'SUCCEEDED')).toBe(true);
  const log = await readFile(older.logFile, 'utf8');
  expect(log).toContain(
    `worker older speaks contract ${workerContract}, and this database serves ${next} to ${next}: start a worker of the ` +
      'version of the API; it takes no further trial',
  );
  // Its claim was prepared for the column as it was, in a session that the migration ended.
  expect(log).not.toContain('cached plan must not change result type');
  expect(log).toContain(`the API speaks contract ${next}, this worker ${workerContract}: it goes on`);
  await expect(worker('late')).rejects.toThrow(
    new RegExp(`worker late speaks contract ${workerContract}, and this database serves ${next} to ${next}`),
  );

  for (const [sweepId, count] of [
    [first, firstSeeds],
    [second, secondSeeds],
  ] as const) {
    await untilCompleted(platform, sweepId);
    const all = await trainings(platform, sweepId);
    expect(all.map(({ seed }) => seed).sort((a, b) => a - b)).toEqual(seeds(count));
    for (const { state, attemptList } of all) {
      expect(state).toBe('SUCCEEDED');
      // What the older one ran when its contract ended it finished: nothing was handed back or lost.
      expect(attemptList.map(({ outcome }) => outcome)).toEqual(['succeeded']);
    }
  }
  await expectSoundHistories(platform);
});

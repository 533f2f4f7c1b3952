/**
 * @file Collects files of the artifact store that no row refers to: a worker that was killed between storing and recording
 * leaves one, and one killed between the end of a trial and the removal of its checkpoints leaves those.
 *
 * A writer stores a file first and records it then, under its lease. So a file without a row may be one that is about to be
 * recorded. It is left alone while (1) it was stored within the grace period, or (2) a trial runs whose attempt began
 * before the file was stored: only such an attempt may still record it, however long it waits for Postgres.
 *
 * A file is taken aside before it is judged. Whoever stores the same bytes after that makes a file of their own; whoever
 * stored them before has made the one aside young. What is judged in use goes back.
 */
import type { ArtifactStore, AsideFile } from './artifacts.js';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { isSettled } from './trial-states.js';

export interface Collected {
  /** Files removed, temporary ones included, and their bytes. */
  files: number;
  bytes: number;
}

/** Clocks of the file system and of the database may differ by this much. */
const clockSkewMs = 60_000;
/** A file that is being written grows at least this often. */
const stalledSeconds = 60;
const filesAtOnce = 500;

/**
 * Removes what nothing refers to. May run beside workers, and beside itself.
 * @param options.graceSeconds longer than the longest lease and the longest upload
 * @example await collectArtifacts(db, store, { graceSeconds: 3600 }) // { files: 2, bytes: 81920 }
 */
export async function collectArtifacts(
  db: Database,
  store: ArtifactStore,
  options: { graceSeconds: number },
): Promise<Collected> {
  const before = (seconds: number) => Date.now() - seconds * 1000;
  const youngest = () => before(options.graceSeconds);
  const collected = { files: 0, bytes: 0 };
  const count = (bytes: number) => {
    collected.files += 1;
    collected.bytes += bytes;
  };
  await store.returnAll();
  await forgetCheckpoints(db);
  for await (const { path, bytes } of store.temporaries(before(Math.max(options.graceSeconds, stalledSeconds)))) {
    await store.removeTemporary(path);
    count(bytes);
  }
  for await (const names of inBatches(store.olderThan(youngest()), filesAtOnce)) {
    for (const sha256 of await inUse(db, names)) names.delete(sha256);
    const aside: AsideFile[] = [];
    for (const sha256 of names.keys()) {
      const file = await store.takeAside(sha256);
      if (file) aside.push(file);
    }
    // Judged again, now that no writer can make the files young unseen.
    const stored = new Map(aside.map(({ sha256, storedAtMs }) => [sha256, storedAtMs]));
    const used = await inUse(db, stored).catch(async (error: unknown) => {
      for (const file of aside) await store.putBack(file);
      throw error;
    });
    for (const file of aside) {
      if (used.has(file.sha256) || file.storedAtMs >= youngest()) await store.putBack(file);
      else {
        await store.removeTemporary(file.path);
        count(file.bytes);
      }
    }
  }
  return collected;
}

/**
 * What `collectArtifacts` would remove now; nothing is changed.
 * @example await measureGarbage(db, store, { graceSeconds: 3600 }) // { files: 2, bytes: 81920 }
 */
export async function measureGarbage(
  db: Database,
  store: ArtifactStore,
  { graceSeconds }: { graceSeconds: number },
): Promise<Collected> {
  const before = (seconds: number) => Date.now() - seconds * 1000;
  const garbage = { files: 0, bytes: 0 };
  const count = (bytes: number) => {
    garbage.files += 1;
    garbage.bytes += bytes;
  };
  for await (const { bytes } of store.temporaries(before(Math.max(graceSeconds, stalledSeconds)))) count(bytes);
  for await (const names of inBatches(store.olderThan(before(graceSeconds)), filesAtOnce)) {
    for (const sha256 of await inUse(db, names, Prisma.sql`NOT ${isIdle}`)) names.delete(sha256);
    for (const sha256 of names.keys()) {
      const bytes = await store.size(sha256);
      if (bytes !== undefined) count(bytes);
    }
  }
  return garbage;
}

/** SQL: nothing will go on from the checkpoint or the turn `a`: it is of a trial that ended for good in a sweep that is over. */
const isIdle = Prisma.sql`(a."kind" IN ('checkpoint', 'turn') AND EXISTS (
  SELECT 1 FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
  WHERE t."id" = a."trialId" AND s."state" IN ('COMPLETED', 'CANCELLED')
    AND ${isSettled('t')}
    AND NOT EXISTS (
      SELECT 1 FROM "Trial" f WHERE (f."continuesId" = t."id" OR f."id" = t."partOfId")
        AND NOT ${isSettled('f')})))`;

/** Drops the rows of checkpoints that nothing will go on from: their worker was killed before it did so. */
async function forgetCheckpoints(db: Database): Promise<void> {
  await db.$executeRaw`DELETE FROM "Artifact" a WHERE ${isIdle}`;
}

/** SQL: names of files that rows other than "Artifact" refer to. */
export const namesKeptForGood = `SELECT "sha256" FROM "Dataset" UNION ALL SELECT "sha256" FROM "ImportedAdapter"`;

/**
 * Names that a row refers to, or that a running attempt may still record; one snapshot.
 * @param counted SQL: rows `a` of artifacts that count
 */
async function inUse(
  db: Database,
  stored: ReadonlyMap<string, number>,
  counted = Prisma.sql`true`,
): Promise<Set<string>> {
  if (stored.size === 0) return new Set();
  const names = [...stored.keys()];
  const times = [...stored.values()].map((ms) => new Date(ms + clockSkewMs));
  const rows = await db.$queryRaw<{ sha256: string }[]>`
    SELECT f."sha256" FROM unnest(${names}::text[], ${times}::timestamptz[]) f("sha256", "storedAt")
    WHERE EXISTS (SELECT 1 FROM "Artifact" a WHERE a."sha256" = f."sha256" AND ${counted})
      OR EXISTS (SELECT 1 FROM (${Prisma.raw(namesKeptForGood)}) n WHERE n."sha256" = f."sha256")
      OR EXISTS (
        SELECT 1 FROM "Trial" t JOIN "Attempt" a ON a."trialId" = t."id" AND a."leaseToken" = t."leaseToken"
        WHERE t."state" = 'RUNNING' AND a."startedAt" <= f."storedAt")`;
  return new Set(rows.map(({ sha256 }) => sha256));
}

async function* inBatches(
  files: AsyncIterable<{ sha256: string; storedAtMs: number }>,
  size: number,
): AsyncGenerator<Map<string, number>> {
  let batch = new Map<string, number>();
  for await (const { sha256, storedAtMs } of files) {
    batch.set(sha256, storedAtMs);
    if (batch.size < size) continue;
    yield batch;
    batch = new Map();
  }
  if (batch.size > 0) yield batch;
}

/** @file Statements that wait for Postgres, and the files that go with rows which are not needed any more. */
import { type ArtifactStore, type Database, dropCheckpoints, dropTurns } from '@rankforge/db';
import type { Logger } from 'pino';
import { throughOutage } from './outage.js';

interface Tools {
  db: Database;
  store: ArtifactStore;
  logger: Logger;
}

/** Waits through an outage; not any longer once the lease is known to be lost. */
export function persist<T>(
  { logger }: Pick<Tools, 'logger'>,
  statement: () => Promise<T>,
  gone?: AbortSignal,
): Promise<T> {
  return throughOutage(statement, {
    ...(gone ? { signal: gone } : {}),
    onDown: (error) => logger.debug({ err: error.message }, 'Postgres cannot be reached; waiting'),
  });
}

export async function releaseCheckpoints(tools: Tools, trialId: string): Promise<void> {
  await removeAll(tools, await persist(tools, () => dropCheckpoints(tools.db, trialId)));
}

/** Lets go of what clients of a federation sent, as far as nothing will read it. */
export async function releaseTurns(tools: Tools, trialId: string): Promise<void> {
  await removeAll(tools, await persist(tools, () => dropTurns(tools.db, trialId)));
}

/** Removes files that no row refers to any more. One that cannot be removed now is left to the API's collector. */
export async function removeAll({ store, logger }: Omit<Tools, 'db'>, checksums: readonly string[]): Promise<void> {
  const removed = await Promise.allSettled(checksums.map((sha256) => store.remove(sha256)));
  for (const one of removed) {
    if (one.status === 'rejected') logger.warn({ err: (one.reason as Error).message }, 'a file was not removed');
  }
}

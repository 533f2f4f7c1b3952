import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { MIB } from '@rankforge/contracts';
import { type ArtifactStore, type Database, storedQuotaAgainst } from '@rankforge/db';
import type { Caller } from '../access/access.js';
import type { Sql } from '../platform/database.js';
import { ProblemError } from '../platform/http/problem.js';

/**
 * Holds the quotas of the caller's project and key until the transaction ends, so that two uploads cannot both take the
 * last bytes.
 * @throws ProblemError `quota-exceeded` naming the quota, what is used and what was asked for
 */
export async function refuseOverStored(
  sql: Sql,
  { project, keyId }: Pick<Caller, 'project' | 'keyId'>,
  bytes: number,
): Promise<void> {
  const against = await storedQuotaAgainst(sql, { projectId: project.id, keyId }, bytes);
  if (!against) return;
  const mib = (value: number) => `${(value / MIB).toFixed(2)} MiB`;
  throw new ProblemError(
    'quota-exceeded',
    `maxStoredMiB of the ${against.kind} ${against.name} is ${against.maxMiB} MiB: ${mib(against.usedBytes)} are used and ${mib(bytes)} were asked for`,
  );
}

/**
 * Puts a file into the store, outside of any transaction: while a slow disk writes, nobody waits for locks or a connection. The
 * transaction that makes its row asks for the quotas again. A file that gets no row is collected.
 *
 * @throws ProblemError as `refuseOverStored`, before anything is written
 */
export async function storeWithin(
  { database, store, caller }: { database: Database; store: ArtifactStore; caller: Pick<Caller, 'project' | 'keyId'> },
  path: string,
): Promise<{ sha256: string; bytes: number }> {
  const { size } = await stat(path);
  await database.$transaction((sql) => refuseOverStored(sql, caller, size));
  return store.putStream(createReadStream(path));
}

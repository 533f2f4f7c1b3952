import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { MIB } from '@rankforge/contracts';
import { type ArtifactStore, type Database, type StoredQuota, storedQuotaAgainst } from '@rankforge/db';
import type { FastifyRequest } from 'fastify';
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
  if (against) throw overQuota(against, bytes);
}

/**
 * Refuses an upload before it is received where nothing more may be stored at all. How much of one is stored is known once it was read.
 *
 * @throws ProblemError as `refuseOverStored`
 */
export async function refuseFullStored(
  database: Database,
  { project, keyId }: Pick<Caller, 'project' | 'keyId'>,
  { headers }: FastifyRequest,
): Promise<void> {
  const against = await database.$transaction((sql) => storedQuotaAgainst(sql, { projectId: project.id, keyId }, 1));
  if (against) throw overQuota(against, Number(headers['content-length'] ?? 1));
}

function overQuota({ kind, name, maxMiB, usedBytes }: StoredQuota, bytes: number): ProblemError {
  const mib = (value: number) => `${(value / MIB).toFixed(2)} MiB`;
  return new ProblemError(
    'quota-exceeded',
    `maxStoredMiB of the ${kind} ${name} is ${maxMiB} MiB: ${mib(usedBytes)} are used and ${mib(bytes)} were asked for`,
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

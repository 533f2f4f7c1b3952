/** @file What projects and keys take of the installation, and the statements that hold them to their quotas. */
import { MIB, type Quotas, type Usage } from '@rankforge/contracts';
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';

type Sql = Database | Prisma.TransactionClient;

/** Who has quotas: the table, and the column of sweeps, data sets, adapters and boards of runs that says whose they are. */
interface Owner {
  table: Prisma.Sql;
  column: Prisma.Sql;
}

const owners = {
  project: { table: Prisma.sql`"Project"`, column: Prisma.sql`"projectId"` },
  key: { table: Prisma.sql`"ApiKey"`, column: Prisma.sql`"createdById"` },
} as const satisfies Record<string, Owner>;

/**
 * What projects or keys take now, by their id. One that takes nothing is in it as well. A file that several rows of one
 * name (the same data set twice, an adapter that two trials made alike) is counted once.
 * @param id omitted: all of them
 */
export async function readUsage(sql: Sql, kind: keyof typeof owners, id?: string): Promise<Map<string, Usage>> {
  const { table, column } = owners[kind];
  const own = (place: Prisma.Sql) => (id === undefined ? Prisma.empty : Prisma.sql`AND ${place} = ${id}::uuid`);
  const rows = await sql.$queryRaw<(Usage & { id: string })[]>`
    WITH active AS (
      SELECT s.${column} AS "owner", count(*) FILTER (WHERE t."state" = 'RUNNING') AS "running",
        count(*) FILTER (WHERE t."state" = 'QUEUED' AND s."state" = 'RUNNING') AS "waiting",
        sum(t."predictedBytes") FILTER (WHERE t."state" = 'RUNNING') AS "bytes"
      FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE t."state" IN ('RUNNING', 'QUEUED') ${own(Prisma.sql`s.${column}`)} GROUP BY 1
    ), files AS (
      SELECT "owner", "sha256", max("bytes") AS "bytes" FROM (
        SELECT d.${column} AS "owner", d."sha256", d."bytes" FROM "Dataset" d
        UNION ALL SELECT i.${column}, i."sha256", i."bytes" FROM "ImportedAdapter" i
        UNION ALL SELECT s.${column}, a."sha256", a."bytes" FROM "Artifact" a JOIN "Trial" t ON t."id" = a."trialId"
          JOIN "Sweep" s ON s."id" = t."sweepId"
        UNION ALL SELECT b.${column}, b."id"::text, sum(pg_column_size(r."document") + COALESCE(octet_length(r."examples"), 0))
          FROM "RunBoard" b JOIN "ElsewhereRun" r ON r."boardId" = b."id" GROUP BY 1, 2
      ) named WHERE true ${own(Prisma.sql`"owner"`)} GROUP BY 1, 2
    ), stored AS (SELECT "owner", sum("bytes") AS "bytes" FROM files GROUP BY 1)
    SELECT o."id", COALESCE(active."running", 0)::int AS "runningTrials", COALESCE(active."waiting", 0)::int AS "waitingTrials",
      COALESCE(active."bytes", 0)::float8 AS "reservedBytes", COALESCE(stored."bytes", 0)::float8 AS "storedBytes"
    FROM ${table} o LEFT JOIN active ON active."owner" = o."id" LEFT JOIN stored ON stored."owner" = o."id"
    WHERE true ${own(Prisma.sql`o."id"`)}`;
  return new Map(rows.map(({ id, ...usage }) => [id, usage]));
}

/** What nothing takes. */
export const noUsage: Usage = { runningTrials: 0, waitingTrials: 0, reservedBytes: 0, storedBytes: 0 };

/** Quotas as a row has them. */
export interface QuotaColumns {
  maxRunningTrials: number | null;
  maxReservedMiB: bigint | null;
  maxStoredMiB: bigint | null;
}

/** @example viewQuotas(await db.project.findUniqueOrThrow({ where: { id } })).maxStoredMiB // 1000 */
export function viewQuotas({ maxRunningTrials, maxReservedMiB, maxStoredMiB }: QuotaColumns): Quotas {
  return { maxRunningTrials, maxReservedMiB: numberOf(maxReservedMiB), maxStoredMiB: numberOf(maxStoredMiB) };
}

const numberOf = (value: bigint | null) => (value === null ? null : Number(value));

/** SQL: the sweep `s` is of an owner that has no room for the trial `t`. */
const isFull = ({ table, column }: Owner) => Prisma.sql`EXISTS (
  SELECT 1 FROM (
    SELECT o."id", o."maxRunningTrials", o."maxReservedMiB" * 1048576 AS "maxBytes",
      count(r."id") AS "running", COALESCE(sum(r."predictedBytes"), 0) AS "bytes"
    FROM ${table} o
      LEFT JOIN "Sweep" rs ON rs.${column} = o."id"
      LEFT JOIN "Trial" r ON r."sweepId" = rs."id" AND r."state" = 'RUNNING'
    WHERE o."maxRunningTrials" IS NOT NULL OR o."maxReservedMiB" IS NOT NULL
    GROUP BY o."id") full_
  WHERE full_."id" = s.${column}
    AND (full_."running" >= full_."maxRunningTrials" OR full_."bytes" + t."predictedBytes" > full_."maxBytes"))`;

/**
 * SQL: the project and the key of the sweep `s` have room for the trial `t`, as far as can be seen without a lock. The
 * trigger `trial_quota` decides; this keeps wake-ups from being sent for what would have to go on waiting.
 */
export const hasRoom = Prisma.sql`NOT (${isFull(owners.project)} OR ${isFull(owners.key)})`;

/** A project or a key has no room for more bytes. */
export interface StoredQuota {
  kind: keyof typeof owners;
  name: string;
  maxMiB: number;
  usedBytes: number;
}

/**
 * Says whether a project, and a key of it where one asks, may store so many bytes more; until the transaction ends nobody
 * else counts.
 * @returns undefined when they may
 */
export async function storedQuotaAgainst(
  sql: Prisma.TransactionClient,
  { projectId, keyId }: { projectId: string; keyId: string | null },
  bytes: number,
): Promise<StoredQuota | undefined> {
  const read = (kind: keyof typeof owners, id: string | null) => sql.$queryRaw<{ name: string; maxMiB: number }[]>`
    SELECT "name", "maxStoredMiB"::float8 AS "maxMiB" FROM ${owners[kind].table}
    WHERE "id" = ${id}::uuid AND "maxStoredMiB" IS NOT NULL`;
  const bound = { project: await read('project', projectId), key: await read('key', keyId) };
  if (bound.project.length + bound.key.length === 0) return undefined;
  await sql.$executeRaw`SELECT "lock_quotas"(${projectId}::uuid, ${keyId}::uuid)`;
  for (const [kind, id] of [
    ['project', projectId],
    ['key', keyId],
  ] as const) {
    const [quota] = bound[kind];
    if (!quota || id === null) continue;
    const usedBytes = (await readUsage(sql, kind, id)).get(id)?.storedBytes ?? 0;
    if (usedBytes + bytes > quota.maxMiB * MIB) return { kind, ...quota, usedBytes };
  }
  return undefined;
}

import type { EventView } from '@rankforge/contracts';
import { frozenXact, Prisma } from '@rankforge/db';
import type { Sql } from '../platform/database.js';

/** Place in the log: rows are ordered by transaction, then by id. */
export interface LogPosition {
  xact: bigint;
  id: bigint;
}

export interface LoggedEvent {
  position: LogPosition;
  projectId: string;
  view: EventView;
}

interface EventRow {
  projectId: string;
  xact: string;
  id: bigint;
  type: string;
  sweepId: string;
  trialId: string | null;
  data: unknown;
  at: Date;
}

export function isBehind(a: LogPosition, b: LogPosition): boolean {
  return a.xact > b.xact || (a.xact === b.xact && a.id > b.id);
}

const largestXact = 2n ** 64n - 1n;
const largestId = 2n ** 63n - 1n;

/** @example parsePosition('812-4711') // { xact: 812n, id: 4711n } */
export function parsePosition(text: string): LogPosition | undefined {
  const match = /^(\d{1,20})-(\d{1,19})$/.exec(text);
  if (!match) return undefined;
  const position = { xact: BigInt(match[1]!), id: BigInt(match[2]!) };
  return position.xact <= largestXact && position.id <= largestId ? position : undefined;
}

/**
 * Events behind a position, in order. Rows of transactions that may still be running, or may still be joined by an
 * older one, are held back: what is returned is never preceded later by another row. Numbers are compared as numbers:
 * `ORDER BY` names the columns of the table, for the text of the transaction has its name too.
 */
export async function readEvents(
  sql: Sql,
  after: LogPosition,
  options: { projectId?: string; sweepId?: string | undefined; limit: number },
): Promise<LoggedEvent[]> {
  const ofSweep = options.sweepId ? Prisma.sql`AND e."sweepId" = ${options.sweepId}::uuid` : Prisma.empty;
  const ofProject = options.projectId ? Prisma.sql`AND s."projectId" = ${options.projectId}::uuid` : Prisma.empty;
  const rows = await sql.$queryRaw<EventRow[]>`
    SELECT e."xact"::text AS "xact", e."id", e."type", e."sweepId", e."trialId", e."data", e."at", s."projectId"
    FROM "Event" e JOIN "Sweep" s ON s."id" = e."sweepId"
    WHERE (e."xact", e."id") > (${String(after.xact)}::xid8, ${after.id}::bigint)
      AND e."xact" < pg_snapshot_xmin(pg_current_snapshot()) ${ofSweep} ${ofProject}
    ORDER BY e."xact", e."id" LIMIT ${options.limit}`;
  return rows.map(({ xact, id, type, sweepId, trialId, data, at, projectId }) => ({
    position: { xact: BigInt(xact), id },
    projectId,
    // Rows are written by the triggers and the worker in the shape of the contract.
    view: { id: `${xact}-${id}`, type, sweepId, trialId, at: at.toISOString(), data } as EventView,
  }));
}

/** The end of what can be read now. */
export async function endOfLog(sql: Sql): Promise<LogPosition> {
  const [row] = await sql.$queryRaw<{ xact: string; id: bigint }[]>`
    SELECT e."xact"::text AS "xact", e."id" FROM "Event" e WHERE e."xact" < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY e."xact" DESC, e."id" DESC LIMIT 1`;
  return row ? { xact: BigInt(row.xact), id: row.id } : { xact: 0n, id: 0n };
}

/**
 * Where a client goes on that saw the event at a position. One that is not in this cluster's past was given by the cluster that a
 * dump came from: what was restored is ordered by id, and what came since follows. Where nothing was restored from a dump (a backup
 * of the files, say), nobody knows what such a client lacks, and it goes on at the present.
 */
export async function resumeBehind(sql: Sql, seen: LogPosition): Promise<LogPosition> {
  const [now] = await sql.$queryRaw<{ ours: boolean; restored: boolean }[]>`
    SELECT ${String(seen.xact)}::xid8 < pg_snapshot_xmax(pg_current_snapshot()) AS "ours",
      EXISTS (SELECT 1 FROM "Event" WHERE "xact" = ${String(frozenXact)}::xid8) AS "restored"`;
  if (now!.ours) return seen;
  return now!.restored ? { xact: frozenXact, id: seen.id } : endOfLog(sql);
}

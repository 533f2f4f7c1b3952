import type { EventView } from '@rankforge/contracts';
import { Prisma } from '@rankforge/db';
import type { Sql } from '../platform/database.js';

/** Place in the log: rows are ordered by transaction, then by id. */
export interface LogPosition {
  xact: bigint;
  id: bigint;
}

export interface LoggedEvent {
  position: LogPosition;
  view: EventView;
}

interface EventRow {
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

/** @example parsePosition('812-4711') // { xact: 812n, id: 4711n } */
export function parsePosition(text: string): LogPosition | undefined {
  const match = /^(\d{1,20})-(\d{1,19})$/.exec(text);
  return match ? { xact: BigInt(match[1]!), id: BigInt(match[2]!) } : undefined;
}

/**
 * Events behind a position, in order. Rows of transactions that may still be running, or may still be joined by an
 * older one, are held back: what is returned is never preceded later by another row.
 */
export async function readEvents(
  sql: Sql,
  after: LogPosition,
  options: { sweepId?: string; limit: number },
): Promise<LoggedEvent[]> {
  const ofSweep = options.sweepId ? Prisma.sql`AND "sweepId" = ${options.sweepId}::uuid` : Prisma.empty;
  const rows = await sql.$queryRaw<EventRow[]>`
    SELECT "xact"::text AS "xact", "id", "type", "sweepId", "trialId", "data", "at" FROM "Event"
    WHERE ("xact", "id") > (${String(after.xact)}::xid8, ${after.id}::bigint)
      AND "xact" < pg_snapshot_xmin(pg_current_snapshot()) ${ofSweep}
    ORDER BY "xact", "id" LIMIT ${options.limit}`;
  return rows.map(({ xact, id, type, sweepId, trialId, data, at }) => ({
    position: { xact: BigInt(xact), id },
    // Rows are written by the triggers and the worker in the shape of the contract.
    view: { id: `${xact}-${id}`, type, sweepId, trialId, at: at.toISOString(), data } as EventView,
  }));
}

/** The end of what can be read now. */
export async function endOfLog(sql: Sql): Promise<LogPosition> {
  const [row] = await sql.$queryRaw<{ xact: string; id: bigint }[]>`
    SELECT "xact"::text AS "xact", "id" FROM "Event" WHERE "xact" < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY "xact" DESC, "id" DESC LIMIT 1`;
  return row ? { xact: BigInt(row.xact), id: row.id } : { xact: 0n, id: 0n };
}

/**
 * @file Events that a dump brought from another cluster. Their transactions are that cluster's (`Event.xact`): where it had made
 * more of them, readers that compare with a snapshot of this one would take the events for ones to come.
 */
import type { Database } from './client.js';

/** Transaction of restored events: PostgreSQL's FrozenTransactionId, which is older than all others. */
export const frozenXact = 2n;

/** Ids of one statement: a few seconds at most, so that nothing waits long for its locks. */
const idsAtOnce = 10_000n;

/**
 * Gives every event that was restored the frozen transaction, so that all are read, before what this cluster writes and by id.
 * Safe in several processes at once, and to be killed: the next call goes on. Where nothing was restored, it reads one row.
 *
 * @returns how many events it changed
 */
export async function freezeRestoredEvents(db: Database): Promise<number> {
  // A visible row was committed before its reader's snapshot, whose xmax is therefore larger unless the row is another cluster's.
  const [newest] = await db.$queryRaw<{ foreign: boolean }[]>`
    SELECT "xact" >= pg_snapshot_xmax(pg_current_snapshot()) AS "foreign" FROM "Event" ORDER BY "xact" DESC, "id" DESC LIMIT 1`;
  if (!newest?.foreign) return 0;
  // Ids grow across a restore, so what has smaller ones was restored too, be its transaction in this cluster's past by chance.
  const [ids] = await db.$queryRaw<{ first: bigint; last: bigint }[]>`
    SELECT (SELECT min("id") FROM "Event") AS "first", max("id") AS "last" FROM "Event"
    WHERE "xact" >= pg_snapshot_xmax(pg_current_snapshot())`;
  const { first, last } = ids!;
  let frozen = 0;
  // The newest come last: until they are frozen, a call after a kill finds that there is work.
  for (let from = first; from <= last; from += idsAtOnce) {
    const to = from + idsAtOnce - 1n;
    frozen += await freeze(db, from, to < last ? to : last);
  }
  return frozen;
}

function freeze(db: Database, first: bigint, last: bigint): Promise<number> {
  return db.$transaction(
    async (sql) => {
      await sql.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('rankforge.restored events', 0))`;
      return sql.$executeRaw`
        UPDATE "Event" SET "xact" = ${String(frozenXact)}::xid8
        WHERE "id" BETWEEN ${first}::bigint AND ${last}::bigint AND "xact" <> ${String(frozenXact)}::xid8`;
    },
    { timeout: 120_000, maxWait: 10_000 },
  );
}

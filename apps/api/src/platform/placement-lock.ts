import type { Sql } from './database.js';

/** One creator of trials at a time, in every replica, until the transaction ends; removals of sweeps wait for it too. */
export async function takePlacementLock(sql: Sql): Promise<void> {
  await sql.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('rankforge.placement', 0))`;
}

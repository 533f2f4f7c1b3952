/** @file Counts of trials and attempts that triggers keep, summand by summand, so that nobody counts the rows (migration statement_triggers). */
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';

/** A key of a tally with its count. */
export interface Tallied {
  of: 'trials' | 'queued' | 'attempts' | 'stepMs' | 'memoryRatio';
  /** Null: attempts of sweeps that were removed long ago. */
  projectId: string | null;
  labels: Readonly<Record<string, unknown>>;
  count: number;
  /** Of `queued`: the state of the sweep; null where no trial of a queue waits. */
  sweepState: string | null;
}

/** A queue of wake-ups, and how many trials wait for it, of sweeps in any state. */
export interface QueueTally {
  engine: string;
  memoryClassMiB: number;
  site: string | null;
  queued: number;
}

/** For how long values of trainings that ended are counted, and in slots of which length the tally notes their ends. */
export const talliedSeconds = {
  stepMs: { within: 3600, slot: 900 },
  memoryRatio: { within: 24 * 3600, slot: 3600 },
} as const;
/** Rows beside twice the keys that may pile up before they are replaced by their sums. */
const rowsBeside = 500;

/** SQL: a value was counted longer ago than anybody asks for. */
const isOver = (of: keyof typeof talliedSeconds) => Prisma.sql`("of" = ${of} AND
  ("labels"->>'slot')::float8 <= extract(epoch FROM clock_timestamp()) - ${talliedSeconds[of].within + talliedSeconds[of].slot}::int)`;

/** SQL: a summand is still asked for. */
const counts = Prisma.sql`NOT (${isOver('stepMs')} OR ${isOver('memoryRatio')})`;

/** Reads every key with its count. It costs a look at each summand, and none at a trial or an attempt. */
export function readTally(db: Database): Promise<Tallied[]> {
  return db.$queryRaw<Tallied[]>`
    SELECT k.*, s."state"::text AS "sweepState" FROM (
      SELECT "of", "projectId", "labels", sum("count")::float8 AS "count" FROM "Tally" GROUP BY 1, 2, 3
    ) k LEFT JOIN "Sweep" s ON s."id" = (k."labels"->>'sweepId')::uuid`;
}

/** Reads how many trials wait for each queue that there ever was. */
export function readQueues(db: Database): Promise<QueueTally[]> {
  return db.$queryRaw<QueueTally[]>`
    SELECT "labels"->>'engine' AS "engine", ("labels"->>'memoryClassMiB')::int AS "memoryClassMiB", "labels"->>'site' AS "site",
      sum("count")::float8 AS "queued"
    FROM "Tally" WHERE "of" = 'queued' GROUP BY 1, 2, 3`;
}

/**
 * Replaces the summands of each key by their sum, and drops old ones, once there are many of either. Of a queue for which no trial of a sweep waits any more a row of
 * 0 stays, by which it is known. Safe in several processes at once: each row is taken by one of them.
 *
 * @returns how many rows there are instead; 0 where there were few
 */
export function foldTally(db: Database): Promise<number> {
  return db.$executeRaw`
    WITH taken AS (
      DELETE FROM "Tally"
      WHERE (SELECT count(*) > 2 * count(DISTINCT ("of", "projectId", "labels")) FILTER (WHERE ${counts}) + ${rowsBeside}::int FROM "Tally")
      RETURNING *
    ), summed AS (
      SELECT "of", "projectId", "labels", sum("count") AS "count" FROM taken
      WHERE ${counts} GROUP BY 1, 2, 3
    )
    INSERT INTO "Tally" ("of", "projectId", "labels", "count")
    SELECT "of", "projectId", CASE WHEN "count" = 0 THEN "labels" - 'sweepId' ELSE "labels" END AS "labels", sum("count")
    FROM summed WHERE "of" = 'queued' OR "count" <> 0 GROUP BY 1, 2, 3`;
}

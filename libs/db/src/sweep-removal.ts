/**
 * @file What a sweep leaves when it is removed, and its deletion in steps of bounded size.
 *
 * A trial may be referred to by trials of other sweeps: they took its result, or go on from it. Such a trial stays, and so does what it
 * refers to itself; its sweep is a mark by then that nobody sees. Every other trial goes. References are made under the placement lock,
 * and so is the choice of what goes: the caller holds it where a function says so. A chosen trial has a key that no work has, so that
 * nothing is linked to it any more while its rows are deleted.
 */
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { finestRoom } from './series.js';

type Sql = Database | Prisma.TransactionClient;

/** Columns by which a trial refers to another. */
export const trialReferences = ['leaderId', 'scoresTrialId', 'continuesId', 'impliedById', 'partOfId'] as const;

const column = (name: (typeof trialReferences)[number]) => Prisma.raw(`"${name}"`);

/** SQL: no trial refers to the trial `t`. */
const isFree = Prisma.join(
  trialReferences.map(
    (name) => Prisma.sql`NOT EXISTS (SELECT 1 FROM "Trial" r WHERE r.${column(name)} = t."id" AND r."id" <> t."id")`,
  ),
  ' AND ',
);

/** Trials of a sweep that are looked at in one step. */
const trialsAtOnce = 200;
/** Rows of points, or of events, that one step deletes. */
export const rowsAtOnce = 10_000;

/** SQL: the keys of chosen trials begin so; no hash of work does. */
const chosenKey = Prisma.raw(`'removed:'`);

/** Whether something is left of a removed sweep that is to be deleted now. */
export async function isRemovalDue(sql: Sql): Promise<boolean> {
  const rows = await sql.$queryRaw<unknown[]>`SELECT 1 FROM "Sweep" WHERE "clearAt" <= clock_timestamp() LIMIT 1`;
  return rows.length > 0;
}

/**
 * The removed sweep that is due, oldest first, with its row locked until the transaction ends. One that another program works on is
 * passed over.
 * @param id only this one
 */
export async function lockRemoved(sql: Sql, id?: string): Promise<{ id: string; projectId: string } | undefined> {
  const [sweep] = await sql.$queryRaw<{ id: string; projectId: string }[]>`
    SELECT "id", "projectId" FROM "Sweep" s
    WHERE ${id === undefined ? Prisma.sql`"clearAt" <= clock_timestamp()` : Prisma.sql`"clearAt" IS NOT NULL AND "id" = ${id}::uuid`}
    ORDER BY "clearAt" LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`;
  return sweep;
}

/** A step through the trials of a removed sweep, last made first. */
export interface Choice {
  /** The smallest ordinal that was looked at; undefined: there was none. */
  lowest: number | undefined;
  /** Trials that go: nothing refers to them. */
  going: string[];
}

/**
 * Chooses which of the next trials of a removed sweep go, and gives them keys that nothing is linked to. The caller holds the
 * placement lock.
 * @param below ordinal; omitted: the step is the first
 */
export async function chooseGoing(sql: Sql, sweepId: string, below?: number): Promise<Choice> {
  const [row] = await sql.$queryRaw<{ lowest: number | null; going: string[] }[]>`
    WITH seen AS (
      SELECT "id", "ordinal" FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND "ordinal" < ${below ?? 2_147_483_647}::int
      ORDER BY "ordinal" DESC LIMIT ${trialsAtOnce}
    ), chosen AS (
      UPDATE "Trial" t SET "key" = ${chosenKey} || t."id" FROM seen WHERE t."id" = seen."id" AND ${isFree} RETURNING t."id"
    )
    SELECT (SELECT min("ordinal") FROM seen) AS "lowest", ARRAY(SELECT "id"::text FROM chosen) AS "going"`;
  return { lowest: row!.lowest ?? undefined, going: row!.going };
}

/**
 * Deletes points of chosen trials.
 * @returns how many; fewer than `rowsAtOnce` when none is left
 */
export async function deletePoints(sql: Sql, trialIds: readonly string[]): Promise<number> {
  return sql.$executeRaw`
    DELETE FROM "Metric" WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM "Metric" WHERE "trialId" = ANY(${[...trialIds]}::uuid[]) LIMIT ${rowsAtOnce}))`;
}

/**
 * Deletes chosen trials with their attempts, logs, summaries and the rows of their files; none that is referred to again.
 * @returns the trials that were deleted
 */
export async function deleteTrials(sql: Sql, trialIds: readonly string[]): Promise<number> {
  const ids = [...trialIds];
  await sql.$executeRaw`DELETE FROM "Outbox" WHERE "trialId" = ANY(${ids}::uuid[])`;
  return sql.$executeRaw`
    DELETE FROM "Trial" t WHERE t."id" = ANY(${ids}::uuid[]) AND t."key" = ${chosenKey} || t."id" AND ${isFree}`;
}

/**
 * Deletes events of a removed sweep, but for the one of its removal.
 * @returns how many; fewer than `rowsAtOnce` when none is left
 */
export async function deleteEvents(sql: Sql, sweepId: string): Promise<number> {
  return sql.$executeRaw`
    DELETE FROM "Event" WHERE "id" = ANY(ARRAY(
      SELECT "id" FROM "Event" WHERE "sweepId" = ${sweepId}::uuid AND "type" <> 'sweep.removed'
      ORDER BY "id" LIMIT ${rowsAtOnce}))`;
}

/** How often the trials of a removed sweep that stay are looked at again, should nobody have asked for it. */
const againAfterSeconds = 3600;

/**
 * Notes that everything of a removed sweep is gone that can go. What other removed sweeps of the project keep is looked at anew: the
 * trials that kept it may have been here.
 * @returns the trials that stay
 */
export async function settleRemoved(
  sql: Sql,
  { id, projectId }: { id: string; projectId: string },
  deleted: number,
): Promise<number> {
  const [row] = await sql.$queryRaw<{ kept: number }[]>`
    SELECT count(*)::int AS "kept" FROM "Trial" WHERE "sweepId" = ${id}::uuid`;
  const { kept } = row!;
  await sql.$executeRaw`
    UPDATE "Sweep" SET
      "clearAt" = CASE WHEN ${kept}::int > 0 THEN clock_timestamp() + make_interval(secs => ${againAfterSeconds}) END,
      "spec" = CASE WHEN ${kept}::int > 0 THEN "spec" ELSE '{}' END, "strategyState" = NULL
    WHERE "id" = ${id}::uuid`;
  if (deleted > 0) {
    await sql.$executeRaw`
      UPDATE "Sweep" SET "clearAt" = clock_timestamp()
      WHERE "projectId" = ${projectId}::uuid AND "clearAt" > clock_timestamp() AND "id" <> ${id}::uuid`;
  }
  return kept;
}

/** SQL: rows `id` of the trials of a sweep that stay when it goes: others refer to them, or to what came from them. */
const keptOf = (sweepId: string) => Prisma.sql`
  WITH RECURSIVE kept("id") AS (
    SELECT t."id" FROM "Trial" t WHERE t."sweepId" = ${sweepId}::uuid AND (${Prisma.join(
      trialReferences.map(
        (name) =>
          Prisma.sql`EXISTS (SELECT 1 FROM "Trial" r WHERE r.${column(name)} = t."id" AND r."sweepId" <> t."sweepId")`,
      ),
      ' OR ',
    )})
    UNION
    SELECT t."id" FROM kept k JOIN "Trial" r ON r."id" = k."id"
      CROSS JOIN LATERAL (VALUES ${Prisma.join(trialReferences.map((name) => Prisma.sql`(r.${column(name)})`))}) referred("id")
      JOIN "Trial" t ON t."id" = referred."id" AND t."sweepId" = ${sweepId}::uuid
  ) SELECT "id" FROM kept`;

/** SQL: rows `id, name` of the sweeps that were not removed and of which a trial refers to the trial `t` of a removed one, or to what came from it. */
const keepersOf = (trial: Prisma.Sql) => Prisma.sql`
  WITH RECURSIVE referring("id", "sweepId") AS (
    SELECT ${trial}."id", ${trial}."sweepId"
    UNION
    SELECT r."id", r."sweepId" FROM referring f JOIN "Sweep" gone ON gone."id" = f."sweepId" AND gone."removedAt" IS NOT NULL
      CROSS JOIN LATERAL (${Prisma.join(
        trialReferences.map((name) => Prisma.sql`SELECT "id", "sweepId" FROM "Trial" WHERE ${column(name)} = f."id"`),
        ' UNION ALL ',
      )}) r
  ) SELECT DISTINCT s."id", s."name" FROM referring f JOIN "Sweep" s ON s."id" = f."sweepId" WHERE s."removedAt" IS NULL`;

/** SQL: the trial `t` of the sweep `s` may be read: its sweep is there, or one is that keeps it. */
export const isReadable = Prisma.sql`(s."removedAt" IS NULL OR EXISTS (${keepersOf(Prisma.sql`t`)}))`;

/** The sweeps that a trial of a removed one stays for, at most 20, newest first. Empty: it goes. */
export function readKeepers(sql: Sql, trialId: string): Promise<{ id: string; name: string }[]> {
  return sql.$queryRaw`
    SELECT kept.* FROM "Trial" t CROSS JOIN LATERAL (${keepersOf(Prisma.sql`t`)}) kept
    WHERE t."id" = ${trialId}::uuid ORDER BY kept."id" DESC LIMIT 20`;
}

/** What goes and what stays when a sweep is removed. */
export interface RemovalSizes {
  trials: number;
  keptTrials: number;
  keptFor: { id: string; name: string }[];
  attempts: number;
  metricPoints: number;
  files: number;
  fileBytes: number;
  rowBytes: number;
}

/**
 * Measures what the removal of a sweep comes to, in one statement. Bytes of rows are estimated from what is in them.
 * @example (await measureRemoval(db, sweepId)).fileBytes // 5242880
 */
export async function measureRemoval(sql: Sql, sweepId: string): Promise<RemovalSizes> {
  const [row] = await sql.$queryRaw<RemovalSizes[]>`
    WITH stays AS MATERIALIZED (${keptOf(sweepId)}), going AS MATERIALIZED (
      SELECT t."id" FROM "Trial" t WHERE t."sweepId" = ${sweepId}::uuid AND NOT EXISTS (SELECT 1 FROM stays s WHERE s."id" = t."id")
    ), files AS (
      SELECT a."sha256", max(a."bytes") AS "bytes" FROM "Artifact" a JOIN going g ON g."id" = a."trialId" GROUP BY 1
    ), freed AS (
      SELECT f.* FROM files f
      WHERE NOT EXISTS (SELECT 1 FROM "Artifact" a WHERE a."sha256" = f."sha256" AND NOT EXISTS (SELECT 1 FROM going g WHERE g."id" = a."trialId"))
        AND NOT EXISTS (SELECT 1 FROM "Dataset" d WHERE d."sha256" = f."sha256")
        AND NOT EXISTS (SELECT 1 FROM "ImportedAdapter" i WHERE i."sha256" = f."sha256")
    ), rows AS (${rowsOf(Prisma.sql`going`)})
    SELECT (SELECT count(*) FROM going)::int AS "trials", (SELECT count(*) FROM stays)::int AS "keptTrials",
      (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', named."id", 'name', named."name") ORDER BY named."id" DESC), '[]') FROM (
        SELECT DISTINCT s."id", s."name" FROM stays k JOIN "Trial" r ON ${Prisma.join(
          trialReferences.map((name) => Prisma.sql`r.${column(name)} = k."id"`),
          ' OR ',
        )} JOIN "Sweep" s ON s."id" = r."sweepId"
        WHERE s."id" <> ${sweepId}::uuid AND s."removedAt" IS NULL ORDER BY s."id" DESC LIMIT 20) named) AS "keptFor",
      (SELECT COALESCE(sum("attempts"), 0) FROM rows)::int AS "attempts",
      (SELECT COALESCE(sum("points"), 0) FROM rows)::float8 AS "metricPoints",
      (SELECT count(*) FROM freed)::int AS "files", (SELECT COALESCE(sum("bytes"), 0) FROM freed)::float8 AS "fileBytes",
      (SELECT COALESCE(sum("metricBytes" + "logBytes" + "trialBytes"), 0) FROM rows)::float8 AS "rowBytes"`;
  return row!;
}

/** Bytes of a row of PostgreSQL with its places in indices, besides what varies: measured at many of each, and rounded. */
export const rowSizes = { point: 130, series: 220, attempt: 320, trial: 1300 };

/**
 * SQL: of each trial of a relation with the column `id`, rows `id, points, attempts, metricBytes, logBytes, trialBytes`. Points of
 * summarized trials are counted in their summary.
 */
const rowsOf = (trials: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT w."id", p."points", a."attempts", p."points" * ${rowSizes.point}::int + p."bytes" AS "metricBytes", a."bytes" AS "logBytes",
    ${rowSizes.trial}::int + pg_column_size(t."spec") + COALESCE(pg_column_size(t."predicted"), 0) + COALESCE(pg_column_size(t."result"), 0)
      + COALESCE(pg_column_size(t."exampleScores"), 0) AS "trialBytes"
  FROM ${trials} w JOIN "Trial" t ON t."id" = w."id"
  CROSS JOIN LATERAL (
    SELECT count(*) AS "attempts", COALESCE(sum(${rowSizes.attempt}::int + pg_column_size("logTail")), 0) AS "bytes"
    FROM "Attempt" WHERE "trialId" = w."id") a
  LEFT JOIN "MetricSummary" s ON s."trialId" = w."id"
  CROSS JOIN LATERAL (
    SELECT COALESCE(sum("points"), 0) AS "points", COALESCE(sum("bytes"), 0) AS "bytes" FROM (
      SELECT CASE WHEN s."thinnedAt" IS NULL THEN k."total" ELSE LEAST(k."total", ${finestRoom}::int) END AS "points",
        ${rowSizes.series}::int + pg_column_size(k."steps") + pg_column_size(k."values") AS "bytes"
      FROM "MetricSketch" k WHERE s."trialId" IS NOT NULL AND k."trialId" = s."trialId" AND k."room" = ${finestRoom}::int
      UNION ALL
      SELECT 0, ${rowSizes.series}::int + pg_column_size("steps") + pg_column_size("values") FROM "MetricMeans" WHERE "trialId" = s."trialId"
      UNION ALL
      SELECT count(*), 0 FROM "Metric" WHERE s."trialId" IS NULL AND "trialId" = w."id") summed) p`;

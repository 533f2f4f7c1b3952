/**
 * @file Metric series as they are read: down-sampled by Postgres, and for trials that will not run again once and for all.
 *
 * A trial in a settled state is never written to again (recordMetrics asks for `RUNNING`), so what is made of its points
 * stays true. A failed trial may be retried and has no summary.
 */
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';

type Sql = Prisma.TransactionClient;

/** Points that a sketch of extremes has room for. Earlier versions kept a second one, of 120 points. */
export const finestRoom = 1000;

export interface Series {
  trialId: string;
  name: string;
  /** Points recorded, before down-sampling. */
  total: number;
  steps: number[];
  values: number[];
}

/**
 * Points of `trials` with the `total` of their series and the `run` that each lies in: the first and the last point are runs
 * of their own, and between them are `between` runs of equal length. Each point is a run where there are at most `room`.
 */
export const inRuns = (
  trials: Prisma.Sql,
  names: Prisma.Sql,
  { room, between }: { room: number; between: number },
) => Prisma.sql`
  SELECT *, CASE
    WHEN "total" <= ${room}::int THEN "n"
    WHEN "n" = 1 THEN -1
    WHEN "n" = "total" THEN -2
    ELSE (("n" - 1) * ${between}::bigint - 1) / ("total" - 2)
  END AS "run"
  FROM (
    SELECT m."trialId", m."name", m."step", m."value",
      row_number() OVER (PARTITION BY m."trialId", m."name" ORDER BY m."step") AS "n",
      count(*) OVER (PARTITION BY m."trialId", m."name") AS "total"
    FROM "Metric" m WHERE m."trialId" = ANY(${trials}) ${names}
  ) numbered`;

/**
 * Series of `trials` as rows `trialId, name, total, steps, values`, each with at most `room` points: the first, the last,
 * and of each of the equal runs between them the smallest and the largest (the earliest of equal ones).
 */
const sampled = (trials: Prisma.Sql, names: Prisma.Sql, room: number) => Prisma.sql`
  SELECT "trialId", "name", "total", array_agg("step" ORDER BY "step") AS "steps", array_agg("value" ORDER BY "step") AS "values"
  FROM (
    SELECT DISTINCT "trialId", "name", "total", pick."step", pick."value" FROM (
      SELECT "trialId", "name", "total", "run",
        (array_agg("step" ORDER BY "value", "step"))[1] AS "lowStep", min("value") AS "low",
        (array_agg("step" ORDER BY "value" DESC, "step"))[1] AS "highStep", max("value") AS "high"
      FROM (${inRuns(trials, names, { room, between: Math.floor((room - 2) / 2) })}) runs
      GROUP BY "trialId", "name", "total", "run"
    ) extremes
    CROSS JOIN LATERAL (VALUES ("lowStep", "low"), ("highStep", "high")) pick("step", "value")
  ) kept
  GROUP BY "trialId", "name", "total"`;

/** Points of a series of many trials that PostgreSQL reads for one request; of more, it reads as many at even distances. */
const pointsOfRequest = 60_000;

/**
 * One series of many trials, at most `room` points each: the first of each of the equal runs of steps, and the last. It
 * costs a look into the index for each point that is read, however many there are; `total` is the steps done.
 */
const thinned = (trials: Prisma.Sql, name: string, room: number) => Prisma.sql`
  SELECT t."id" AS "trialId", ${name}::text AS "name", t."step" AS "total",
    array_agg(p."step" ORDER BY p."step") AS "steps", array_agg(p."value" ORDER BY p."step") AS "values"
  FROM "Trial" t CROSS JOIN LATERAL (
    SELECT DISTINCT pick."step", pick."value" FROM (
      SELECT n, ceil((t."step" + 1)::float8 / ${room - 1}::int)::int AS "width" FROM generate_series(0, ${room - 2}::int) n
    ) runs CROSS JOIN LATERAL (
      SELECT m."step", m."value" FROM "Metric" m
      WHERE m."trialId" = t."id" AND m."name" = ${name} AND m."step" >= n * "width" AND m."step" < (n + 1) * "width"
      ORDER BY m."step" LIMIT 1) pick
    UNION
    (SELECT m."step", m."value" FROM "Metric" m WHERE m."trialId" = t."id" AND m."name" = ${name}
      ORDER BY m."step" DESC LIMIT 1)
  ) p
  WHERE t."id" = ANY(${trials})
  GROUP BY t."id"`;

/**
 * Series of the points of trials, as `whole` makes them of all points. One series of so many trials that their points are
 * too many to be read has every so many steps in place of that.
 */
export async function readPoints(
  sql: Sql,
  { trialIds, names }: { trialIds: readonly string[]; names?: readonly string[] | undefined },
  whole: (trials: Prisma.Sql) => Prisma.Sql,
): Promise<Series[]> {
  if (trialIds.length === 0) return [];
  const trials = Prisma.sql`${[...trialIds]}::uuid[]`;
  const [single, ...others] = names ?? [];
  const isTooMuch =
    single !== undefined &&
    others.length === 0 &&
    trialIds.length > 1 &&
    (await stepsOf(sql, trials)) > pointsOfRequest;
  const found = await sql.$queryRaw<(Omit<Series, 'total'> & { total: bigint })[]>(
    isTooMuch ? thinned(trials, single, Math.max(4, Math.floor(pointsOfRequest / trialIds.length))) : whole(trials),
  );
  return found.map((series) => ({ ...series, total: Number(series.total) }));
}

/** Steps that trials have done, all together. */
async function stepsOf(sql: Sql, trials: Prisma.Sql): Promise<number> {
  const [row] = await sql.$queryRaw<{ steps: number }[]>`
    SELECT COALESCE(sum("step"), 0)::float8 AS "steps" FROM "Trial" WHERE "id" = ANY(${trials})`;
  return row!.steps;
}

/**
 * Reads series of trials with their extremes: at most `maxPoints` points where Postgres has to read the points, those of
 * the sketch where there is one and its room is enough. See `readPoints` for one series of many trials.
 * @param options.maxPoints at least 4
 */
export async function readSeries(
  sql: Sql,
  options: { trialIds: readonly string[]; names?: readonly string[] | undefined; maxPoints: number },
): Promise<Series[]> {
  const { trialIds, names, maxPoints } = options;
  if (trialIds.length === 0) return [];
  const named = (alias: string) =>
    names ? Prisma.sql`AND ${Prisma.raw(`${alias}."name"`)} = ANY(${[...names]}::text[])` : Prisma.empty;
  const summarized = await sql.$queryRaw<{ trialId: string; thinned: boolean }[]>`
    SELECT s."trialId", s."thinnedAt" IS NOT NULL AS "thinned" FROM "MetricSummary" s
    WHERE s."trialId" = ANY(${[...trialIds]}::uuid[])`;
  // A thinned series has nothing finer than its sketch.
  const isEnough = maxPoints <= finestRoom;
  const sketched = new Set(summarized.filter(({ thinned }) => thinned || isEnough).map(({ trialId }) => trialId));
  const [sketches, points] = await Promise.all([
    sketched.size === 0
      ? []
      : sql.$queryRaw<Series[]>`
          SELECT k."trialId", k."name", k."total", k."steps", k."values" FROM "MetricSketch" k
          WHERE k."trialId" = ANY(${[...sketched]}::uuid[]) AND k."room" = ${finestRoom}::int ${named('k')}`,
    readPoints(sql, { trialIds: trialIds.filter((id) => !sketched.has(id)), names }, (trials) =>
      sampled(trials, named('m'), Math.max(4, maxPoints)),
    ),
  ]);
  return [...sketches, ...points].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/**
 * Summarizes trials that will not run again, which the database noted when they ended. Several processes take different trials.
 * @returns how many; fewer than `limit` when none is left
 */
export async function summarizeSeries(db: Database, limit = 50): Promise<number> {
  const [row] = await db.$queryRaw<{ trials: number }[]>`
    WITH found AS (
      SELECT "trialId" FROM "SeriesDue" ORDER BY "trialId" LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
    ), taken AS (
      DELETE FROM "SeriesDue" d USING found WHERE d."trialId" = found."trialId" RETURNING d."trialId"
    ), made AS (
      INSERT INTO "MetricSummary" ("trialId", "madeAt") SELECT t."id", clock_timestamp() FROM "Trial" t JOIN taken ON taken."trialId" = t."id"
      ON CONFLICT DO NOTHING RETURNING "trialId"
    ), sketched AS (
      INSERT INTO "MetricSketch" ("trialId", "name", "room", "total", "steps", "values")
      SELECT f."trialId", f."name", ${finestRoom}::int, f."total", f."steps", f."values"
      FROM (${sampled(Prisma.sql`ARRAY(SELECT "trialId" FROM made)`, Prisma.empty, finestRoom)}) f
    )
    SELECT count(*)::int AS "trials" FROM taken`;
  return row!.trials;
}

/**
 * Deletes the points of trials summarized more than `days` ago, but for those of their sketch. Their means are made first.
 * @returns trials thinned, and points deleted
 */
export async function thinSeries(
  db: Database,
  options: { days: number; limit?: number },
): Promise<{ trials: number; points: number }> {
  const [row] = await db.$queryRaw<{ trials: number; points: number }[]>`
    WITH old AS (
      SELECT s."trialId" FROM "MetricSummary" s
      WHERE s."thinnedAt" IS NULL AND s."averaged" AND s."madeAt" < clock_timestamp() - make_interval(secs => ${options.days * 86_400}::float8)
      ORDER BY s."madeAt" LIMIT ${options.limit ?? 50}::int FOR UPDATE SKIP LOCKED
    ), thinned AS (
      UPDATE "MetricSummary" s SET "thinnedAt" = clock_timestamp() FROM old WHERE s."trialId" = old."trialId"
    ), gone AS (
      DELETE FROM "Metric" m USING "MetricSketch" k, old
      WHERE k."trialId" = old."trialId" AND k."room" = ${finestRoom}::int AND k."total" > cardinality(k."steps")
        AND m."trialId" = k."trialId" AND m."name" = k."name" AND NOT m."step" = ANY(k."steps")
      RETURNING 1
    )
    SELECT (SELECT count(*) FROM old)::int AS "trials", (SELECT count(*) FROM gone)::int AS "points"`;
  return row!;
}

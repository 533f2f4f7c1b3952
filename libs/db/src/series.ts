/**
 * @file Metric series as they are read: down-sampled by Postgres, and for trials that will not run again once and for all.
 *
 * A trial in a settled state is never written to again (recordMetrics asks for `RUNNING`), so what is made of its points
 * stays true. A failed trial may be retried and has no summary.
 */
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { isSettled } from './trial-states.js';

type Sql = Prisma.TransactionClient;

/** Points a sketch has room for: of an overlay of many trials, and of one trial's page. */
export const sketchRooms = [120, 1000] as const;
export const finestRoom = sketchRooms[1];

export interface Series {
  trialId: string;
  name: string;
  /** Points recorded, before down-sampling. */
  total: number;
  steps: number[];
  values: number[];
}

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
      FROM (
        SELECT *, CASE
          WHEN "total" <= ${room}::int THEN "n"
          WHEN "n" = 1 THEN -1
          WHEN "n" = "total" THEN -2
          ELSE (("n" - 1) * ${Math.floor((room - 2) / 2)}::bigint - 1) / ("total" - 2)
        END AS "run"
        FROM (
          SELECT m."trialId", m."name", m."step", m."value",
            row_number() OVER (PARTITION BY m."trialId", m."name" ORDER BY m."step") AS "n",
            count(*) OVER (PARTITION BY m."trialId", m."name") AS "total"
          FROM "Metric" m WHERE m."trialId" = ANY(${trials}) ${names}
        ) numbered
      ) runs
      GROUP BY "trialId", "name", "total", "run"
    ) extremes
    CROSS JOIN LATERAL (VALUES ("lowStep", "low"), ("highStep", "high")) pick("step", "value")
  ) kept
  GROUP BY "trialId", "name", "total"`;

/** Points that PostgreSQL reads whole for one request; of more, an overlay shows every so many steps. */
const pointsReadWhole = 20_000;

/**
 * One series of many trials that still run, at most `room` points each: the first of each of the equal runs of steps, and
 * the last. It costs a look into the index for each point that is shown, however many there are; `total` is the steps done.
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
 * Reads series of trials, each with at most `sketchRoom(maxPoints)` points where there is a summary and `maxPoints` where
 * Postgres has to read the points. One series of so many running trials that their points are too many to be read shows
 * every so many steps instead of the extremes.
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
  const room = sketchRooms.find((candidate) => candidate >= maxPoints);
  const summarized = await sql.$queryRaw<{ trialId: string; thinned: boolean }[]>`
    SELECT s."trialId", s."thinnedAt" IS NOT NULL AS "thinned" FROM "MetricSummary" s
    WHERE s."trialId" = ANY(${[...trialIds]}::uuid[])`;
  // A thinned series has nothing finer than its finest sketch.
  const sketched = new Set(summarized.filter(({ thinned }) => thinned || room).map(({ trialId }) => trialId));
  const raw = trialIds.filter((id) => !sketched.has(id));
  const [single, ...others] = names ?? [];
  const rough = single !== undefined && others.length === 0 && (await stepsOf(sql, raw)) > pointsReadWhole;
  const [sketches, points] = await Promise.all([
    sketched.size === 0
      ? []
      : sql.$queryRaw<Series[]>`
          SELECT k."trialId", k."name", k."total", k."steps", k."values" FROM "MetricSketch" k
          WHERE k."trialId" = ANY(${[...sketched]}::uuid[]) AND k."room" = ${room ?? finestRoom}::int ${named('k')}`,
    raw.length === 0
      ? []
      : sql.$queryRaw<(Omit<Series, 'total'> & { total: bigint })[]>(
          rough
            ? thinned(Prisma.sql`${raw}::uuid[]`, single, Math.max(4, maxPoints))
            : sampled(Prisma.sql`${raw}::uuid[]`, named('m'), Math.max(4, maxPoints)),
        ),
  ]);
  return [...sketches, ...points.map((series) => ({ ...series, total: Number(series.total) }))].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  );
}

/** Steps that running trials have done, all together; 0 where only one runs: its points are always read whole. */
async function stepsOf(sql: Sql, trialIds: readonly string[]): Promise<number> {
  const [row] = await sql.$queryRaw<{ trials: number; steps: number }[]>`
    SELECT count(*)::int AS "trials", COALESCE(sum("step"), 0)::float8 AS "steps" FROM "Trial"
    WHERE "id" = ANY(${[...trialIds]}::uuid[]) AND "state" = 'RUNNING'`;
  return row!.trials < 2 ? 0 : row!.steps;
}

/**
 * Summarizes trials that will not run again. Several processes take different trials.
 *
 * @param options.endedAfter only trials that ended later: who knows that all before are summarized need not search them
 * @returns how many; fewer than `limit` when none is left
 */
export async function summarizeSeries(
  db: Database,
  { limit = 50, endedAfter }: { limit?: number; endedAfter?: Date | undefined } = {},
): Promise<number> {
  const later = endedAfter === undefined ? Prisma.empty : Prisma.sql`AND t."finishedAt" > ${endedAfter}`;
  const found = await db.$queryRaw<{ id: string }[]>`
    SELECT t."id" FROM "Trial" t
    WHERE ${isSettled('t')} AND t."leaderId" IS NULL ${later}
      AND NOT EXISTS (SELECT 1 FROM "MetricSummary" s WHERE s."trialId" = t."id")
    ORDER BY t."finishedAt" LIMIT ${limit}::int`;
  if (found.length === 0) return 0;
  const ids = Prisma.sql`${found.map(({ id }) => id)}::uuid[]`;
  const sketches = sketchRooms.map(
    (room) => Prisma.sql`SELECT f.*, ${room}::int AS "room" FROM (${sampled(ids, Prisma.empty, room)}) f`,
  );
  await db.$executeRaw`
    WITH made AS (
      INSERT INTO "MetricSummary" ("trialId", "madeAt") SELECT unnest(${ids}), clock_timestamp()
      ON CONFLICT DO NOTHING RETURNING "trialId"
    )
    INSERT INTO "MetricSketch" ("trialId", "name", "room", "total", "steps", "values")
    SELECT f."trialId", f."name", f."room", f."total", f."steps", f."values"
    FROM (${Prisma.join(sketches, ' UNION ALL ')}) f JOIN made ON made."trialId" = f."trialId"`;
  return found.length;
}

/**
 * Deletes the points of trials summarized more than `days` ago, but for those of their finest sketch.
 * @returns trials thinned, and points deleted
 */
export async function thinSeries(
  db: Database,
  options: { days: number; limit?: number },
): Promise<{ trials: number; points: number }> {
  const [row] = await db.$queryRaw<{ trials: number; points: number }[]>`
    WITH old AS (
      SELECT s."trialId" FROM "MetricSummary" s
      WHERE s."thinnedAt" IS NULL AND s."madeAt" < clock_timestamp() - make_interval(secs => ${options.days * 86_400}::float8)
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

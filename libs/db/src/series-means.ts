/**
 * @file Means of metric series, for pictures of many trials together: a mean over trials of their extremes would be no mean.
 *
 * Running trials are averaged by Postgres as they are read, and summarized ones once and for all, by the same statement.
 */
import type { Database } from './client.js';
import { Prisma } from './generated/client.js';
import { finestRoom, inRuns, readPoints, type Series } from './series.js';

type Sql = Prisma.TransactionClient;

/** Points of a series of means. */
export const meansRoom = 120;

export type MeanSeries = Pick<Series, 'trialId' | 'steps' | 'values'>;

/**
 * Series of `trials` as rows `trialId, name, total, steps, values`: the first point, the last, and between them the mean of
 * each of equal runs at the mean of its steps. A sum of numerics can't overflow and has no order, so that a series that was
 * averaged when it had ended is the same to the bit as before.
 */
const averaged = (trials: Prisma.Sql, names: Prisma.Sql) => Prisma.sql`
  SELECT "trialId", "name", "total", array_agg("step" ORDER BY "step") AS "steps", array_agg("value" ORDER BY "step") AS "values"
  FROM (
    SELECT "trialId", "name", "total", round(avg("step"))::int AS "step", avg("value"::numeric)::float8 AS "value"
    FROM (${inRuns(trials, names, { room: meansRoom, between: meansRoom - 2 })}) runs
    GROUP BY "trialId", "name", "total", "run"
  ) means
  GROUP BY "trialId", "name", "total"`;

/**
 * Reads one series of many trials: at most `meansRoom` points each, the ends and means of equal runs between them. Where
 * the points are too many to be read, there are more points, at even distances, for the caller to average.
 */
export async function readMeans(
  sql: Sql,
  { trialIds, name }: { trialIds: readonly string[]; name: string },
): Promise<MeanSeries[]> {
  const made = await sql.$queryRaw<{ trialId: string; steps: number[] | null; values: number[] | null }[]>`
    SELECT s."trialId", a."steps", a."values"
    FROM "MetricSummary" s LEFT JOIN "MetricMeans" a ON a."trialId" = s."trialId" AND a."name" = ${name}
    WHERE s."trialId" = ANY(${[...trialIds]}::uuid[]) AND s."averaged"`;
  const done = new Set(made.map(({ trialId }) => trialId));
  const points = await readPoints(sql, { trialIds: trialIds.filter((id) => !done.has(id)), names: [name] }, (trials) =>
    averaged(trials, Prisma.sql`AND m."name" = ${name}`),
  );
  return [
    ...made.flatMap(({ trialId, steps, values }) => (steps && values ? [{ trialId, steps, values }] : [])),
    ...points.map(({ trialId, steps, values }) => ({ trialId, steps, values })),
  ];
}

/**
 * Averages the series of trials that are summarized, of earlier versions too, whose sketches of other rooms are deleted. A
 * series that was thinned by then is averaged over the points that are left. Several processes take different trials.
 * @returns how many; fewer than `limit` when none is left
 */
export async function averageSeries(db: Database, limit = 50): Promise<number> {
  const [row] = await db.$queryRaw<{ trials: number }[]>`
    WITH found AS (
      SELECT s."trialId" FROM "MetricSummary" s WHERE NOT s."averaged"
      ORDER BY s."madeAt" LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
    ), taken AS (
      UPDATE "MetricSummary" s SET "averaged" = true FROM found WHERE s."trialId" = found."trialId" RETURNING s."trialId"
    ), outdated AS (
      DELETE FROM "MetricSketch" k USING taken WHERE k."trialId" = taken."trialId" AND k."room" <> ${finestRoom}::int
    ), made AS (
      INSERT INTO "MetricMeans" ("trialId", "name", "steps", "values")
      SELECT f."trialId", f."name", f."steps", f."values"
      FROM (${averaged(Prisma.sql`ARRAY(SELECT "trialId" FROM taken)`, Prisma.empty)}) f
    )
    SELECT count(*)::int AS "trials" FROM taken`;
  return row!.trials;
}

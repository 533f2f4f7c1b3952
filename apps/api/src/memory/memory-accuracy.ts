import { Prisma } from '@rankforge/db';
import type { Sql } from '../platform/database.js';

/** Measured peak divided by predicted peak, over the trainings of a method on an engine. */
export interface AccuracyRow {
  method: string;
  engine: string;
  trainings: number;
  smallest: number;
  median: number;
  largest: number;
  overBudget: number;
}

/** @param withinHours only trainings that ended in so many hours; omitted: all */
export function readMemoryAccuracy(sql: Sql, withinHours?: number): Promise<AccuracyRow[]> {
  const recent =
    withinHours === undefined
      ? Prisma.empty
      : Prisma.sql`AND "finishedAt" > clock_timestamp() - make_interval(hours => ${withinHours}::int)`;
  return sql.$queryRaw<AccuracyRow[]>`
    WITH "ratio" AS (
      SELECT "method", "engine", "state", "measuredBytes"::float8 / "predictedBytes" AS "value" FROM "Trial"
      WHERE "kind" = 'train' AND "leaderId" IS NULL AND "state" IN ('SUCCEEDED', 'OVER_BUDGET')
        AND "measuredBytes" IS NOT NULL AND "predictedBytes" > 0 ${recent})
    SELECT "method", "engine", count(*)::int AS "trainings", min("value") AS "smallest", max("value") AS "largest",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY "value") AS "median",
      (count(*) FILTER (WHERE "state" = 'OVER_BUDGET'))::int AS "overBudget"
    FROM "ratio" GROUP BY 1, 2 ORDER BY 1, 2`;
}

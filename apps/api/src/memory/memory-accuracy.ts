import { trains } from '@rankforge/db';
import type { Sql } from '../platform/database.js';
import { inProject } from '../projects/in-project.js';

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

/** Compares the peaks of a project's trainings with their predictions. */
export function readMemoryAccuracy(sql: Sql, projectId: string): Promise<AccuracyRow[]> {
  return sql.$queryRaw<AccuracyRow[]>`
    WITH "ratio" AS (
      SELECT "method", "engine", "state", "measuredBytes"::float8 / "predictedBytes" AS "value" FROM "Trial" t
      WHERE ${trains()} AND "leaderId" IS NULL AND "state" IN ('SUCCEEDED', 'OVER_BUDGET', 'PRUNED')
        AND "measuredBytes" IS NOT NULL AND "predictedBytes" > 0 AND ${inProject(projectId)})
    SELECT "method", "engine", count(*)::int AS "trainings", min("value") AS "smallest", max("value") AS "largest",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY "value") AS "median",
      (count(*) FILTER (WHERE "state" = 'OVER_BUDGET'))::int AS "overBudget"
    FROM "ratio" GROUP BY 1, 2 ORDER BY 1, 2`;
}

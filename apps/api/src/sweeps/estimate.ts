import { sweepKindOf } from '@rankforge/contracts';
import { hasResult, isLive, trains } from '@rankforge/db';
import type { SweepPlan } from '../planning/sweep-plan.js';
import type { Sql } from '../platform/database.js';
import { inProject } from '../projects/in-project.js';

interface Pace {
  method: string | null;
  secondsPerStep: number;
}

/**
 * Seconds the trainings of a plan would take over the slots of live workers, from trainings of its project with the
 * same base, engine, batch and sequence: those of the same method where there are any, else all of them. Null when
 * nothing comparable has run.
 *
 * @param runs trainings of each method
 */
export async function estimateSeconds(
  sql: Sql,
  plan: SweepPlan,
  runs: ReadonlyMap<string, number>,
): Promise<number | null> {
  if (runs.size === 0) return 0;
  const { training } = plan;
  const paces = await sql.$queryRaw<Pace[]>`
    SELECT "method", (percentile_cont(0.5) WITHIN GROUP (ORDER BY ("result"->>'seconds')::float8 / "step"))::float8 AS "secondsPerStep"
    FROM "Trial" t
    WHERE ${inProject(plan.projectId)} AND ${trains()} AND ${hasResult('t')} AND "leaderId" IS NULL AND "step" > 0
      AND "continuesId" IS NULL AND t."kind" = ${sweepKindOf(plan.request.kind).trial}
      AND "base" = ${plan.request.base} AND "engine" = ${plan.request.engine}
      AND ("spec"->'training'->>'batchSize')::int = ${training.batchSize}
      AND ("spec"->'training'->>'sequenceLength')::int = ${training.sequenceLength}
    GROUP BY GROUPING SETS (("method"), ())`;
  const overall = paces.find(({ method }) => method === null);
  if (!overall || overall.secondsPerStep === null) return null;
  const byMethod = new Map(paces.map(({ method, secondsPerStep }) => [method, secondsPerStep]));
  const seconds = [...runs].reduce(
    (sum, [method, trials]) => sum + trials * training.steps * (byMethod.get(method) ?? overall.secondsPerStep),
    0,
  );
  const [live] = await sql.$queryRaw<{ slots: number }[]>`
    SELECT COALESCE(sum("slots"), 0)::int AS "slots" FROM "Worker" w WHERE ${isLive('w')}`;
  return seconds / Math.max(1, live?.slots ?? 0);
}

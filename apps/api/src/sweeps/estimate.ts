import { enginesOf, sweepKindOf } from '@rankforge/contracts';
import { hasResult, isLive, trains } from '@rankforge/db';
import type { PlannedConfiguration } from '../planning/configure.js';
import type { SweepPlan } from '../planning/sweep-plan.js';
import type { Sql } from '../platform/database.js';
import { everInProject } from '../projects/in-project.js';

interface Pace {
  method: string | null;
  secondsPerStep: number;
}

/** Seconds that a step of a method takes; undefined where nothing comparable has run. */
export type Paces = (method: string) => number | undefined;

/**
 * Paces of trainings of the plan's project with the same base, engine, batch and sequence: those of the same method where there are
 * any, else all of them. Trainings that stayed when their sweep was removed count.
 */
export async function readPaces(sql: Sql, plan: SweepPlan): Promise<Paces> {
  const { training } = plan;
  const paces = await sql.$queryRaw<Pace[]>`
    SELECT "method", (percentile_cont(0.5) WITHIN GROUP (ORDER BY ("result"->>'seconds')::float8 / "step"))::float8 AS "secondsPerStep"
    FROM "Trial" t
    WHERE ${everInProject(plan.projectId)} AND ${trains()} AND ${hasResult('t')} AND "leaderId" IS NULL AND "step" > 0
      AND "continuesId" IS NULL AND t."kind" = ${sweepKindOf(plan.request.kind).trial}
      AND "base" = ${plan.request.base} AND "engine" = ANY(${enginesOf(plan.request)})
      AND ("spec"->'training'->>'batchSize')::int = ${training.batchSize}
      AND ("spec"->'training'->>'sequenceLength')::int = ${training.sequenceLength}
    GROUP BY GROUPING SETS (("method"), ())`;
  const byMethod = new Map(paces.map(({ method, secondsPerStep }) => [method, secondsPerStep]));
  return (method) => byMethod.get(method) ?? byMethod.get(null) ?? undefined;
}

/**
 * Seconds the trainings of a plan would take over the slots of live workers. Null when nothing comparable has run.
 * @param runs trainings of each method
 */
export async function estimateSeconds(
  sql: Sql,
  { training }: Pick<SweepPlan, 'training'>,
  { runs, paces }: { runs: ReadonlyMap<string, number>; paces: Paces },
): Promise<number | null> {
  let seconds = 0;
  for (const [method, trials] of runs) {
    const pace = paces(method);
    if (pace === undefined) return null;
    seconds += trials * training.steps * pace;
  }
  if (runs.size === 0) return 0;
  const [live] = await sql.$queryRaw<{ slots: number }[]>`
    SELECT COALESCE(sum("slots"), 0)::int AS "slots" FROM "Worker" w WHERE ${isLive('w')}`;
  return seconds / Math.max(1, live?.slots ?? 0);
}

/** Says that a training takes longer than its trial may, where its pace is known; undefined where it does not. */
export function tooLongText(
  { request, training }: Pick<SweepPlan, 'request' | 'training'>,
  paces: Paces,
  of: Pick<PlannedConfiguration, 'spec'>,
): string | undefined {
  const { method, training: own, until = own.steps } = of.spec;
  // Paces are of the batch and the length that the sweep asks for.
  const isAlike = own.batchSize === training.batchSize && own.sequenceLength === training.sequenceLength;
  const seconds = until * ((isAlike ? paces(method) : undefined) ?? 0);
  const limit = request.trialTimeoutSeconds;
  if (seconds <= limit) return undefined;
  return `${until} steps of ${method} take about ${Math.ceil(seconds)} s at the pace of earlier trainings, and a trial ends after ${limit} s: set trialTimeoutSeconds`;
}

import { groupBy, MIB, type TrialState } from '@rankforge/contracts';
import { isOpen, isProposed, standsFirst } from '@rankforge/db';
import type { SweepPlan } from '../planning/sweep-plan.js';
import type { Sql } from '../platform/database.js';
import { storedPoint } from '../strategies/points.js';
import type { Training } from '../strategies/strategy.js';

interface TrainingRow extends Omit<Training, 'curve' | 'examples'> {
  /** Where its metrics are. */
  sourceId: string;
  /** A training of its method is open. */
  goesOn: boolean;
}

interface CurveRow {
  trialId: string;
  step: number;
  value: number;
}

/**
 * The trainings of a sweep as its strategy is shown them, by ordinal. Each proposal is shown: two of them may come to one
 * training, and a strategy that misses what it asked for asks again.
 */
export async function readTrainings(
  sql: Sql,
  sweepId: string,
  { strategy, objective, space }: Pick<SweepPlan, 'strategy' | 'objective' | 'space'>,
): Promise<Training[]> {
  const rows = await sql.$queryRaw<TrainingRow[]>`
    SELECT * FROM (
      SELECT DISTINCT ON (t."key", t."rank", t."proposal")
        min(t."ordinal") OVER (PARTITION BY t."key", t."rank", t."proposal") AS "ordinal", t."proposal", t."state"::text AS "state",
        CASE WHEN t."state" = 'OVER_BUDGET'
          THEN COALESCE(t."measuredBytes", t."predictedBytes")::float8 - t."memoryBudgetMiB" * ${MIB} END AS "excessBytes",
        t."objective", (t."result"->'validation'->>'loss')::float8 AS "loss", t."step", (t."result"->>'seconds')::float8 AS "seconds", COALESCE(t."leaderId", t."id") AS "sourceId",
        bool_or(${isOpen('t')}) OVER (PARTITION BY t."proposal"->'point'->'method') AS "goesOn"
      FROM "Trial" t
      WHERE t."sweepId" = ${sweepId}::uuid AND ${isProposed('t')} AND t."proposal" IS NOT NULL
      ORDER BY t."key", t."rank", t."proposal", ${standsFirst('t')},
        t."memoryBudgetMiB" DESC) trainings
    ORDER BY "ordinal"`;
  const judged = rows.filter(({ goesOn, objective, proposal }) => !goesOn && objective !== null && proposal.until);
  const examples = strategy.reads === 'examples' ? await readExamples(sql, judged, objective.metric) : new Map();
  const curves = strategy.reads === 'curves' ? await readCurves(sql, rows, objective.metric) : new Map();
  return rows.map(({ sourceId, goesOn: _, ...training }) => ({
    ...training,
    examples: examples.get(sourceId) ?? null,
    state: training.state as TrialState,
    proposal: { ...training.proposal, point: storedPoint(training.proposal.point, space) },
    curve: (curves.get(sourceId) ?? []).map(({ step, value }: CurveRow) => ({ step, value })),
  }));
}

/** Scores of the validation examples of each training, by where they are. */
async function readExamples(
  sql: Sql,
  trainings: readonly TrainingRow[],
  metric: string,
): Promise<Map<string, readonly number[]>> {
  const rows = await sql.$queryRaw<{ id: string; scores: readonly (number | null)[] | null }[]>`
    SELECT "id", "exampleScores"->${metric}::text AS "scores" FROM "Trial"
    WHERE "id" = ANY(${trainings.map(({ sourceId }) => sourceId)}::uuid[])`;
  // A score that is no finite number is null in JSON: such a training is compared by its value alone.
  return new Map(
    rows.flatMap(({ id, scores }) => (scores && !scores.includes(null) ? [[id, scores as number[]]] : [])),
  );
}

async function readCurves(sql: Sql, trainings: readonly TrainingRow[], metric: string) {
  const rows = await sql.$queryRaw<CurveRow[]>`
    SELECT "trialId", "step", "value" FROM "Metric"
    WHERE "trialId" = ANY(${trainings.map(({ sourceId }) => sourceId)}::uuid[]) AND "name" = ${`validation/${metric}`}
    ORDER BY "trialId", "step"`;
  return groupBy(rows, ({ trialId }) => trialId);
}

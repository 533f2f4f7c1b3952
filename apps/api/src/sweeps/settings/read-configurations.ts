/** @file The configurations of a sweep with the trainings of each, counted and drawn in the database. */
import { type TrialSpec, type TrialState, tuningStages } from '@rankforge/contracts';
import { isProposed, Prisma, standsFirst } from '@rankforge/db';
import { contenderColumns } from '../../planning/contender.js';
import type { Sql } from '../../platform/database.js';

/** A training of a configuration, to its last step or to a rung. */
export interface ConfigurationTraining {
  id: string;
  seed: number;
  state: TrialState;
  /** The rung it was trained to; null for a whole training. */
  until: number | null;
  validationExamples: number | null;
  /** Null where it has none, or one that is not finite. */
  objective: number | null;
  step: number;
  stage: string | null;
}

export interface ConfigurationRow {
  /** The spec of one of its trainings, the furthest. */
  spec: TrialSpec;
  trainings: ConfigurationTraining[];
  /** Whether it is one of those that were drawn, and not there for its score. */
  drawn: boolean;
  /** Configurations of the sweep. */
  total: number;
}

/** Fields of a spec in which trainings of one configuration differ. */
const ofTrainings = ['seed', 'fitted', 'until', 'validationExamples'];

/**
 * At most `atMost` configurations of a sweep, drawn by the hash of each, and with them, when `choosing`, those of each contender
 * that may be its best: of as many seeds as the fullest, with the best mean. In the order in which they were asked for. Trials that share a training
 * under several budgets count once, in the state of the one that stands for it.
 */
export function readConfigurations(
  sql: Sql,
  {
    sweepId,
    direction,
    choosing,
    atMost,
  }: { sweepId: string; direction: 'minimize' | 'maximize'; choosing: boolean; atMost: number },
): Promise<ConfigurationRow[]> {
  const finite = Prisma.sql`"objective" IS NOT NULL AND "objective" NOT IN ('NaN', 'Infinity', '-Infinity')`;
  const competes = Prisma.sql`"until" IS NULL AND "state" = 'SUCCEEDED' AND ${finite}
    AND COALESCE("stage", '') <> ALL(${[...tuningStages]}::text[])`;
  // The mean of doubles overflows from 1e154 on, which the perplexity of a training that diverged reaches.
  const loss = Prisma.sql`(${direction === 'minimize' ? Prisma.sql`"objective"` : Prisma.sql`-"objective"`})::numeric`;
  return sql.$queryRaw<ConfigurationRow[]>`
    WITH trainings AS MATERIALIZED (
      SELECT DISTINCT ON (t."key", t."rank", t."spec"->'federation', t."spec"->'adapter')
        t."id", t."ordinal", t."seed", t."state"::text AS "state", t."objective", t."step", t."stage",
        (t."spec"->>'until')::int AS "until", (t."spec"->>'validationExamples')::int AS "validationExamples",
        md5((t."spec" - ${ofTrainings}::text[])::text) AS "point", md5(ROW(${contenderColumns})::text) AS "contender"
      FROM "Trial" t
      WHERE t."sweepId" = ${sweepId}::uuid AND ${isProposed('t')}
      ORDER BY t."key", t."rank", t."spec"->'federation', t."spec"->'adapter', ${standsFirst('t')},
        t."stage" NULLS FIRST, t."leaderId" NULLS FIRST, t."memoryBudgetMiB" DESC
    ), configurations AS (
      SELECT "point", min("contender") AS "contender", min("ordinal") AS "ordinal",
        (array_agg("id" ORDER BY "until" DESC NULLS FIRST, "ordinal"))[1] AS "furthest",
        count(*) FILTER (WHERE ${competes}) AS "seeds", avg(${loss}) FILTER (WHERE ${competes}) AS "loss"
      FROM trainings GROUP BY "point"
    ), counted AS (
      SELECT *, max("seeds") OVER (PARTITION BY "contender") AS "fullest", (count(*) OVER ())::int AS "total",
        row_number() OVER (ORDER BY "point") <= ${atMost} AS "drawn"
      FROM configurations
    ), led AS (
      SELECT *, min("loss") FILTER (WHERE "seeds" = "fullest") OVER (PARTITION BY "contender") AS "least" FROM counted
    ), wanted AS (
      SELECT * FROM led
      WHERE "drawn" OR (${choosing} AND "seeds" = "fullest" AND "seeds" > 0 AND "loss" - "least" <= 1e-9 * abs("least"))
      ORDER BY "drawn" DESC, "ordinal" LIMIT ${2 * atMost}
    ), listed AS (
      SELECT w."furthest", w."ordinal", w."drawn", w."total",
        jsonb_agg(jsonb_build_object('id', "id", 'seed', "seed", 'state', "state", 'until', "until",
          'validationExamples', "validationExamples", 'objective', CASE WHEN ${finite} THEN "objective" END,
          'step', "step", 'stage', "stage") ORDER BY "until" NULLS LAST, "seed") AS "trainings"
      FROM wanted w JOIN trainings USING ("point") GROUP BY 1, 2, 3, 4
    )
    SELECT s."spec", l."trainings", l."drawn", l."total" FROM listed l JOIN "Trial" s ON s."id" = l."furthest"
    ORDER BY l."ordinal"`;
}

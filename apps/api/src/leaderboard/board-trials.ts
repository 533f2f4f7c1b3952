import type { Forgetting, LeaderboardQuery, MemoryByPart, TrialSpec, TrialState } from '@rankforge/contracts';
import { Prisma } from '@rankforge/db';
import type { Sql } from '../platform/database.js';

/** A training as the board reads it: one for each content key and rank that it serves. */
export interface BoardTrial {
  id: string;
  key: string;
  state: TrialState;
  spec: TrialSpec;
  predicted: MemoryByPart;
  measuredBytes: number | null;
  step: number;
  reason: string | null;
  result: {
    validation?: Record<string, number>;
    trainableParameters?: number;
    adapterBytes?: number;
    medianStepMs?: number;
  } | null;
}

export interface BoardData {
  trials: BoardTrial[];
  /** By the key of the scoring: per-example test scores of the metric, and what the adapter cost on the base's data. */
  scores: Map<string, { examples: number[]; forgetting: Forgetting | null }>;
  budgetsMiB: number[];
  /** Trials, scorings included, that have not ended. */
  active: number;
}

/** Everything a board is made from. Trials that were created under several budgets or sweeps appear once. */
export async function readBoardData(
  sql: Sql,
  { task, base, sweepId }: LeaderboardQuery,
  metric: string,
): Promise<BoardData> {
  const scope = Prisma.sql`t."task" = ${task} AND t."base" = ${base} ${
    sweepId ? Prisma.sql`AND t."sweepId" = ${sweepId}::uuid` : Prisma.empty
  }`;
  const [trials, scores, budgets, [active]] = await Promise.all([
    sql.$queryRaw<BoardTrial[]>`
      SELECT DISTINCT ON (t."key", t."rank") t."id", t."key", t."state"::text AS "state", t."spec", t."predicted",
        t."measuredBytes"::float8 AS "measuredBytes", t."step", t."reason", t."result"
      FROM "Trial" t WHERE ${scope} AND t."kind" = 'train' AND t."state" <> 'CANCELLED'
      ORDER BY t."key", t."rank", array_position(ARRAY['SUCCEEDED', 'RUNNING', 'QUEUED', 'PENDING', 'FAILED']::"TrialState"[], t."state"),
        t."leaderId" NULLS FIRST, t."memoryBudgetMiB" DESC`,
    sql.$queryRaw<{ key: string; examples: number[] | null; forgetting: Forgetting | null }[]>`
      SELECT t."key", l."exampleScores"->${metric}::text AS "examples", l."result"->'forgetting' AS "forgetting"
      FROM "Trial" t JOIN "Trial" l ON l."id" = COALESCE(t."leaderId", t."id")
      WHERE ${scope} AND t."kind" = 'score' AND t."state" = 'SUCCEEDED'`,
    sql.$queryRaw<{ budget: number }[]>`
      SELECT DISTINCT t."memoryBudgetMiB" AS "budget" FROM "Trial" t WHERE ${scope} AND t."kind" = 'train' ORDER BY 1`,
    sql.$queryRaw<{ trials: number }[]>`
      SELECT count(*)::int AS "trials" FROM "Trial" t WHERE ${scope} AND t."state" IN ('PENDING', 'QUEUED', 'RUNNING')`,
  ]);
  return {
    trials,
    scores: new Map(
      scores.flatMap(({ key, examples, forgetting }) => (examples ? [[key, { examples, forgetting }]] : [])),
    ),
    budgetsMiB: budgets.map(({ budget }) => budget),
    active: active?.trials ?? 0,
  };
}

import {
  type Contender,
  type EngineName,
  type Limits,
  type MemoryPart,
  siteOfHeld,
  type TrialKind,
  type TrialState,
  type TrialView,
} from '@rankforge/contracts';
import { Prisma } from '@rankforge/db';
import { contenderObject } from '../planning/contender.js';
import { learningRateOf } from '../planning/trial-kind.js';

/** Columns of a trial in a listing, read with {@link trialColumns}. */
export interface TrialRow {
  id: string;
  sweepId: string;
  ordinal: number;
  kind: TrialKind;
  state: TrialState;
  key: string;
  leaderId: string | null;
  scoresTrialId: string | null;
  impliedById: string | null;
  partOfId: string | null;
  round: number | null;
  client: number | null;
  site: string | null;
  task: string;
  base: string;
  engine: EngineName;
  contender: Contender;
  rank: number | null;
  learningRate: number;
  seed: number;
  memoryBudgetMiB: number;
  limits: Limits | null;
  predictedBytes: bigint;
  measuredBytes: bigint | null;
  dominantPart: MemoryPart | null;
  step: number;
  steps: number;
  loss: number | null;
  objective: number | null;
  score: number | null;
  attempts: number;
  reason: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export const trialColumns = Prisma.sql`
  t."id", t."sweepId", t."ordinal", t."kind", t."state"::text AS "state", t."key", t."leaderId",
  t."scoresTrialId", t."impliedById", t."partOfId", t."round", t."client", t."site", t."task", t."base", t."engine", ${contenderObject} AS "contender", t."rank", t."learningRate", t."seed",
  t."memoryBudgetMiB", t."limits", t."predictedBytes", t."measuredBytes", t."dominantPart", t."step", t."steps", t."loss",
  t."objective",
  (t."result"->'test'->>(SELECT s."objectiveMetric" FROM "Sweep" s WHERE s."id" = t."sweepId"))::float8 AS "score", t."attempts", t."reason", t."createdAt", t."startedAt", t."finishedAt"`;

export function viewTrial(row: TrialRow): TrialView {
  return {
    id: row.id,
    sweepId: row.sweepId,
    ordinal: row.ordinal,
    kind: row.kind,
    state: row.state,
    key: row.key,
    leaderId: row.leaderId,
    scoresTrialId: row.scoresTrialId,
    impliedById: row.impliedById,
    ...(row.partOfId !== null && {
      partOf: {
        trialId: row.partOfId,
        round: row.round! + 1,
        client: row.client!,
        site: row.site && siteOfHeld(row.site),
      },
    }),
    ...row.contender,
    rank: row.rank,
    learningRate: learningRateOf({ ...row.contender, learningRate: row.learningRate }),
    seed: row.seed,
    memoryBudgetMiB: row.memoryBudgetMiB,
    ...(row.limits && { limits: row.limits }),
    predictedBytes: Number(row.predictedBytes),
    measuredBytes: row.measuredBytes === null ? null : Number(row.measuredBytes),
    dominantPart: row.dominantPart,
    step: row.step,
    steps: row.steps,
    loss: finite(row.loss),
    objective: finite(row.objective),
    score: finite(row.score),
    attempts: row.attempts,
    reason: row.reason,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

/** JSON has no NaN or infinity: a diverged value is null. */
function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

import {
  CreateSweep,
  type EngineName,
  type SweepState,
  type SweepView,
  type TrialCounts,
  type TrialState,
  trialStates,
} from '@rankforge/contracts';
import type { Sql } from '../platform/database.js';

interface SweepRow {
  id: string;
  name: string;
  state: SweepState;
  task: string;
  base: string;
  engine: EngineName;
  priority: number;
  createdAt: Date;
  finishedAt: Date | null;
}

interface StateRow {
  sweepId: string;
  state: TrialState;
  trials: number;
  known: number;
  stepsDone: number;
  stepsTotal: number;
  runningSeconds: number | null;
}

/** Before this share of the steps, loading data outweighs training and a pace would mislead. */
const paceFrom = 0.02;

/** Views of sweeps, in the order of the rows. One query for all of them. */
export async function viewSweeps(sql: Sql, sweeps: readonly SweepRow[]): Promise<SweepView[]> {
  if (sweeps.length === 0) return [];
  const rows = await sql.$queryRaw<StateRow[]>`
    SELECT "sweepId", "state"::text AS "state", count(*)::int AS "trials",
      (count(*) FILTER (WHERE "leaderId" IS NOT NULL AND "state" IN ('SUCCEEDED', 'OVER_BUDGET')))::int AS "known",
      COALESCE(sum("step") FILTER (WHERE "leaderId" IS NULL AND "kind" = 'train'), 0)::float8 AS "stepsDone",
      COALESCE(sum(CASE WHEN "state" IN ('PENDING', 'QUEUED', 'RUNNING') THEN "steps" ELSE "step" END)
        FILTER (WHERE "leaderId" IS NULL AND "kind" = 'train'), 0)::float8 AS "stepsTotal",
      extract(epoch FROM clock_timestamp() - min("startedAt"))::float8 AS "runningSeconds"
    FROM "Trial" WHERE "sweepId" = ANY(${sweeps.map(({ id }) => id)}::uuid[])
    GROUP BY "sweepId", "state"`;
  return sweeps.map((sweep) => {
    const own = rows.filter(({ sweepId }) => sweepId === sweep.id);
    const sum = (pick: (row: StateRow) => number) => own.reduce((total, row) => total + pick(row), 0);
    const stepsDone = sum((row) => row.stepsDone);
    const stepsTotal = sum((row) => row.stepsTotal);
    const seconds = Math.max(0, ...own.map(({ runningSeconds }) => runningSeconds ?? 0));
    const paced = sweep.state === 'RUNNING' && stepsDone > paceFrom * stepsTotal && seconds > 0;
    return {
      id: sweep.id,
      name: sweep.name,
      state: sweep.state,
      task: sweep.task,
      base: sweep.base,
      engine: sweep.engine,
      priority: sweep.priority,
      trials: counts(own),
      total: sum((row) => row.trials),
      known: sum((row) => row.known),
      stepsDone,
      stepsTotal,
      etaSeconds: paced ? ((stepsTotal - stepsDone) * seconds) / stepsDone : null,
      createdAt: sweep.createdAt.toISOString(),
      finishedAt: sweep.finishedAt?.toISOString() ?? null,
    };
  });
}

/** The request of a stored sweep. */
export function storedRequest(spec: unknown): CreateSweep {
  return CreateSweep.parse(spec);
}

function counts(rows: readonly StateRow[]): TrialCounts {
  const of = (state: TrialState) => rows.find((row) => row.state === state)?.trials ?? 0;
  return Object.fromEntries(trialStates.map((state) => [state, of(state)])) as TrialCounts;
}

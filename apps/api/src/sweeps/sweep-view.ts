import {
  type EngineName,
  type SweepKind,
  type SweepState,
  type SweepView,
  type TrialCounts,
  type TrialState,
  trialStates,
} from '@rankforge/contracts';
import { hasEnded, hasResult, isFolded } from '@rankforge/db';
import type { Sql } from '../platform/database.js';
import { stalledBy } from '../scheduling/stalled.js';
import { scoringsOf, secondsLeft, timeSpent, type Work, workColumns } from './time-left.js';

interface SweepRow {
  id: string;
  name: string;
  tags: string[];
  note: string | null;
  kind: string;
  state: SweepState;
  task: string;
  base: string;
  engine: EngineName;
  priority: number;
  uncreated: number;
  uncreatedSteps: bigint;
  scorings: number | null;
  reason: string | null;
  onSweepId: string | null;
  onTrialId: string | null;
  exhausted: boolean;
  projectId: string;
  createdAt: Date;
  finishedAt: Date | null;
}

interface StateRow extends Work {
  state: TrialState;
  trials: number;
  known: number;
  implied: number;
  /** Trials of the sweep without a row when these were counted. */
  uncreated: number;
  uncreatedSteps: bigint;
}

/** Views of sweeps, in the order of the rows. Each query is for all of them. */
export async function viewSweeps(sql: Sql, sweeps: readonly SweepRow[]): Promise<SweepView[]> {
  if (sweeps.length === 0) return [];
  const rows = await sql.$queryRaw<StateRow[]>`
    SELECT "sweepId", "state"::text AS "state", count(*)::int AS "trials",
      (count(*) FILTER (WHERE "leaderId" IS NOT NULL AND ("state" = 'OVER_BUDGET' OR ${hasResult('t')})))::int AS "known",
      count("impliedById")::int AS "implied",
      (SELECT "uncreated" FROM "Sweep" s WHERE s."id" = t."sweepId") AS "uncreated",
      (SELECT "uncreatedSteps" FROM "Sweep" s WHERE s."id" = t."sweepId") AS "uncreatedSteps",
      ${workColumns}
    FROM "Trial" t WHERE "sweepId" = ANY(${sweeps.map(({ id }) => id)}::uuid[]) AND NOT ${isFolded('t')}
    GROUP BY "sweepId", "state"`;
  const running = sweeps.filter(({ state }) => state === 'RUNNING');
  const spent = await timeSpent(
    sql,
    running.map(({ id }) => id),
  );
  const scorings = await scoringsOf(sql, sweeps, rows, spent);
  const waits = await waiting(sql, sweeps);
  const ownRows = (sweep: SweepRow) => rows.filter(({ sweepId }) => sweepId === sweep.id);
  const reasons = await stalledBy(
    sql,
    running.map((sweep) => ({ ...sweep, trials: counts(ownRows(sweep)) })),
  );
  return sweeps.map((sweep) => {
    const own = ownRows(sweep);
    const sum = (pick: (row: StateRow) => number) => own.reduce((total, row) => total + pick(row), 0);
    // Trials may have been created since the sweep was read: both sides of a sum are of one statement.
    const { uncreated, uncreatedSteps } = own[0] ?? sweep;
    const stepsTotal = sum((row) => row.stepsTotal) + Number(uncreatedSteps);
    const scoring = scorings.get(sweep.id)!;
    const trials = counts(own);
    return {
      id: sweep.id,
      name: sweep.name,
      tags: sweep.tags,
      note: sweep.note,
      kind: sweep.kind as SweepKind,
      state: sweep.state,
      task: sweep.task,
      base: sweep.base,
      engine: sweep.engine,
      priority: sweep.priority,
      trials,
      total: sum((row) => row.trials) + uncreated + scoring.toCome,
      uncreated,
      draining: sweep.state === 'PAUSED' ? trials.RUNNING : 0,
      reason: sweep.reason ?? reasons.get(sweep.id) ?? null,
      waitsFor: waits.get(sweep.id) ?? null,
      known: sum((row) => row.known),
      implied: sum((row) => row.implied),
      stepsDone: sum((row) => row.stepsDone),
      stepsTotal,
      scorings: { done: scoring.done, total: scoring.total },
      etaSeconds: sweep.state === 'RUNNING' ? secondsLeft(own, spent.get(sweep.id), stepsTotal, scoring) : null,
      createdAt: sweep.createdAt.toISOString(),
      finishedAt: sweep.finishedAt?.toISOString() ?? null,
    };
  });
}

/** By the sweep that waits: what has to end before it can begin. */
export async function waiting(
  sql: Sql,
  sweeps: readonly Pick<SweepRow, 'id' | 'state' | 'onSweepId' | 'onTrialId' | 'exhausted'>[],
): Promise<Map<string, NonNullable<SweepView['waitsFor']>>> {
  const able = sweeps.filter(
    ({ state, onSweepId, exhausted }) => onSweepId && !exhausted && (state === 'RUNNING' || state === 'PAUSED'),
  );
  if (able.length === 0) return new Map();
  const rows = await sql.$queryRaw<({ id: string; ends: boolean } & NonNullable<SweepView['waitsFor']>)[]>`
    SELECT s."id", o."id" AS "sweepId", o."name" AS "sweepName", t."id" AS "trialId",
      COALESCE(t."state"::text, o."state"::text) AS "state",
      COALESCE(${hasEnded('t')}, false) AS "ends"
    FROM "Sweep" s JOIN "Sweep" o ON o."id" = s."onSweepId" LEFT JOIN "Trial" t ON t."id" = s."onTrialId"
    WHERE s."id" = ANY(${able.map(({ id }) => id)}::uuid[])`;
  return new Map(rows.filter(({ ends }) => !ends).map(({ id, ends: _, ...waitsFor }) => [id, waitsFor]));
}

function counts(rows: readonly StateRow[]): TrialCounts {
  const of = (state: TrialState) => rows.find((row) => row.state === state)?.trials ?? 0;
  return Object.fromEntries(trialStates.map((state) => [state, of(state)])) as TrialCounts;
}

/**
 * @file Where new trials go: known results are linked, trials with equal keys follow one leader, and what does not fit
 * its budget is a result at once. The caller holds the placement lock, so that two sweeps cannot both lead a key.
 */
import {
  dominantPart,
  exceedsBudget,
  type MemoryByPart,
  MIB,
  memoryClassMiB,
  type Scores,
  type TrialKind,
  type TrialSpec,
  type TrialState,
} from '@rankforge/contracts';
import { hasResult } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Sql } from '../platform/database.js';
import { groupBy } from '../platform/group-by.js';
import { impliedReason, type OverBudgetCell, readOverBudgetCells } from './implied.js';
import { resultAt } from './served.js';

/** A trial that is about to be created. */
export interface NewTrial {
  kind: TrialKind;
  key: string;
  spec: TrialSpec;
  memoryBudgetMiB: number;
  predicted: MemoryByPart;
  scoresTrialId?: string;
  /** What the strategy asked for, where it is shown its trainings again. */
  proposal?: unknown;
  /** Stage of the sweep's protocol. */
  stage?: string;
  /** The trial from whose checkpoint this one goes on. */
  continuesId?: string;
  /** Where a smaller rank that did not fit speaks for it: see implied.ts. */
  family?: string;
}

export interface SweepTerms {
  sweepId: string;
  objectiveMetric: string;
  priority: number;
  timeoutSeconds: number;
  maxAttempts: number;
}

/** A trial that leads its key already: it waits, runs, or holds the result, also where it was pruned at a rung. */
export interface Leader {
  id: string;
  key: string;
  state: Extract<TrialState, 'PENDING' | 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'PRUNED'>;
  measured: MemoryByPart | null;
  measuredBytes: bigint | null;
  result: { validation?: Scores; served?: Record<string, Scores> } | null;
  step: number;
  loss: number | null;
}

/** A trial with its place in the sweep. */
interface Cell {
  trial: NewTrial;
  id: string;
  ordinal: number;
}

interface Row extends Record<string, unknown> {
  state: TrialState;
  leaderId: string | null;
  impliedById: string | null;
}

const chunkSize = 2000;

/** One creator at a time, in every replica, until the transaction ends. */
export async function takePlacementLock(sql: Sql): Promise<void> {
  await sql.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('rankforge.placement', 0))`;
}

/** Leaders of these keys, by key. */
export async function findLeaders(sql: Sql, keys: readonly string[]): Promise<Map<string, Leader>> {
  const distinct = [...new Set(keys)];
  const rows = await sql.$queryRaw<Leader[]>`
    SELECT "id", "key", "state"::text AS "state", "measured", "measuredBytes", "result", "step", "loss"
    FROM "Trial" t
    WHERE "key" = ANY(${distinct}::text[]) AND "leaderId" IS NULL
      AND ("state" IN ('PENDING', 'QUEUED', 'RUNNING') OR ${hasResult('t')})`;
  return new Map(rows.map((leader) => [leader.key, leader]));
}

/** Whether it has the result for the others. */
export const isKnown = ({ state }: Leader): boolean => state === 'SUCCEEDED' || state === 'PRUNED';

/** Inserts trials after those that the sweep has, and the wake-ups of those that are to run. */
export async function placeTrials(sql: Sql, trials: readonly NewTrial[], terms: SweepTerms): Promise<void> {
  if (trials.length === 0) return;
  const leaders = await findLeaders(
    sql,
    trials.map(({ key }) => key),
  );
  const firstOrdinal = await nextOrdinal(sql, terms.sweepId);
  const numbered = trials.map((trial, index): Cell => ({ trial, id: uuidv7(), ordinal: firstOrdinal + index }));
  const implied = await impliedCells(sql, numbered, terms.sweepId);
  const rows: Row[] = [];
  for (const [key, group] of groupBy(numbered, ({ trial }) => trial.key)) {
    const existing = leaders.get(key);
    // What is known, or runs for another sweep, says more than what is implied.
    const fitting = group.filter((cell) => fits(cell.trial) && (existing !== undefined || !implied.has(cell)));
    const first = fitting.reduce<(typeof fitting)[number] | undefined>(
      (best, cell) => (best && best.trial.memoryBudgetMiB >= cell.trial.memoryBudgetMiB ? best : cell),
      undefined,
    );
    for (const cell of group) {
      const row = { ...baseRow(cell.trial, terms), id: cell.id, ordinal: cell.ordinal };
      if (!fitting.includes(cell)) rows.push({ ...row, ...doesNotFit(cell, implied.get(cell)) });
      else if (existing && isKnown(existing)) {
        rows.push({ ...row, ...linked(existing, cell.trial, terms.objectiveMetric) });
      } else if (existing) rows.push({ ...row, state: 'PENDING', leaderId: existing.id });
      else if (cell === first) rows.push({ ...row, state: 'QUEUED', leaderId: null });
      else rows.push({ ...row, state: 'PENDING', leaderId: first!.id });
    }
  }
  // A reference must find its row: what refers to others of these goes last.
  const refers = ({ leaderId, impliedById }: Row) => Number(leaderId !== null || impliedById !== null);
  rows.sort((a, b) => refers(a) - refers(b));
  for (let start = 0; start < rows.length; start += chunkSize) {
    await insertTrials(sql, rows.slice(start, start + chunkSize));
  }
  await sql.$executeRaw`
    INSERT INTO "Outbox" ("trialId", "queue", "attempt", "priority")
    SELECT "id", format('trials.%s.%s', "engine", "memoryClassMiB"), "attempts", "priority" FROM "Trial"
    WHERE "sweepId" = ${terms.sweepId}::uuid AND "state" = 'QUEUED' AND "ordinal" >= ${firstOrdinal}
    ORDER BY "ordinal"`;
}

const fits = ({ predicted, memoryBudgetMiB }: NewTrial) => predicted.total <= memoryBudgetMiB * MIB;

/** New trials that a smaller rank speaks for, of the sweep or of these, with that rank's trial. */
async function impliedCells(sql: Sql, cells: readonly Cell[], sweepId: string): Promise<Map<Cell, OverBudgetCell>> {
  const asked = cells.flatMap((cell) => {
    const { family, spec, memoryBudgetMiB, predicted } = cell.trial;
    if (family === undefined) return [];
    const asCell: OverBudgetCell = {
      id: cell.id,
      ordinal: cell.ordinal,
      family,
      rank: spec.rank,
      memoryBudgetMiB,
      predictedBytes: predicted.total,
    };
    return [{ cell, asCell }];
  });
  if (asked.length === 0) return new Map();
  const overBudget = await readOverBudgetCells(sql, sweepId);
  for (const { cell, asCell } of asked) if (!fits(cell.trial)) overBudget.add(asCell);
  return new Map(
    asked.flatMap(({ cell, asCell }) => {
      const by = overBudget.implying(asCell);
      return by ? [[cell, by] as const] : [];
    }),
  );
}

async function nextOrdinal(sql: Sql, sweepId: string): Promise<number> {
  const [row] = await sql.$queryRaw<{ next: number }[]>`
    SELECT COALESCE(max("ordinal"), 0) + 1 AS "next" FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid`;
  return row!.next;
}

function baseRow(trial: NewTrial, terms: SweepTerms) {
  const { spec, predicted } = trial;
  return {
    sweepId: terms.sweepId,
    kind: trial.kind,
    key: trial.key,
    scoresTrialId: trial.scoresTrialId ?? null,
    proposal: trial.proposal ?? null,
    stage: trial.stage ?? null,
    continuesId: trial.continuesId ?? null,
    memoryFamily: trial.family ?? null,
    impliedById: null as string | null,
    spec,
    task: spec.task,
    base: spec.base,
    engine: spec.engine,
    method: spec.method,
    optimizer: spec.optimizer,
    rank: spec.rank,
    learningRate: spec.learningRate,
    seed: spec.seed,
    memoryBudgetMiB: trial.memoryBudgetMiB,
    memoryClassMiB: memoryClassMiB(Math.min(predicted.total, trial.memoryBudgetMiB * MIB)),
    predicted,
    predictedBytes: predicted.total,
    dominantPart: dominantPart(predicted),
    steps: trial.kind === 'train' ? (spec.until ?? spec.training.steps) : 0,
    maxAttempts: terms.maxAttempts,
    timeoutSeconds: terms.timeoutSeconds,
    priority: terms.priority,
    step: 0,
    loss: null as number | null,
    measured: null as MemoryByPart | null,
    measuredBytes: null as number | null,
    result: null as unknown,
    objective: null as number | null,
    reason: null as string | null,
  };
}

/** By its own prediction, or because a smaller rank did not fit. */
function doesNotFit({ trial }: Cell, by: OverBudgetCell | undefined) {
  const { predicted, memoryBudgetMiB, spec, family } = trial;
  const reason =
    by && family !== undefined && fits(trial)
      ? impliedReason({ family, rank: spec.rank, memoryBudgetMiB, predictedBytes: predicted.total }, by)
      : exceedsBudget('predicted', predicted, memoryBudgetMiB);
  return { state: 'OVER_BUDGET' as const, leaderId: null, impliedById: by?.id ?? null, reason };
}

function linked(leader: Leader, { memoryBudgetMiB: budgetMiB, spec }: NewTrial, objectiveMetric: string) {
  const { measured } = leader;
  const result = resultAt(leader.result, spec);
  const common = {
    leaderId: leader.id,
    measured,
    measuredBytes: leader.measuredBytes === null ? null : Number(leader.measuredBytes),
    step: leader.step,
    loss: leader.loss,
    ...(measured ? { dominantPart: dominantPart(measured) } : {}),
  };
  if (measured && measured.total > budgetMiB * MIB) {
    return { ...common, state: 'OVER_BUDGET' as const, reason: exceedsBudget('measured', measured, budgetMiB) };
  }
  return {
    ...common,
    state: 'SUCCEEDED' as const,
    result,
    objective: result?.validation?.[objectiveMetric] ?? null,
  };
}

async function insertTrials(sql: Sql, rows: readonly Row[]): Promise<void> {
  await sql.$executeRaw`
    INSERT INTO "Trial" (
      "id", "sweepId", "ordinal", "kind", "state", "key", "leaderId", "scoresTrialId", "spec", "task", "base", "engine",
      "method", "optimizer", "rank", "learningRate", "seed", "memoryBudgetMiB", "memoryClassMiB", "predicted",
      "predictedBytes", "measured", "measuredBytes", "dominantPart", "result", "objective", "step", "steps", "loss",
      "reason", "maxAttempts", "timeoutSeconds", "priority", "proposal", "stage", "continuesId", "memoryFamily", "impliedById",
      "queuedAt", "finishedAt")
    SELECT
      "id", "sweepId", "ordinal", "kind", "state", "key", "leaderId", "scoresTrialId", "spec", "task", "base", "engine",
      "method", "optimizer", "rank", "learningRate", "seed", "memoryBudgetMiB", "memoryClassMiB", "predicted",
      "predictedBytes", NULLIF("measured", 'null'), "measuredBytes", "dominantPart", NULLIF("result", 'null'), "objective",
      "step", "steps", "loss", "reason", "maxAttempts", "timeoutSeconds", "priority",
      NULLIF("proposal", 'null'), "stage", "continuesId", "memoryFamily", "impliedById",
      CASE WHEN "state" = 'QUEUED' THEN now() END,
      CASE WHEN "state" IN ('SUCCEEDED', 'OVER_BUDGET') THEN now() END
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(
      "id" uuid, "sweepId" uuid, "ordinal" int, "kind" "TrialKind", "state" "TrialState", "key" text, "leaderId" uuid,
      "scoresTrialId" uuid, "spec" jsonb, "task" text, "base" text, "engine" text, "method" text, "optimizer" text,
      "rank" int, "learningRate" float8, "seed" int, "memoryBudgetMiB" float8, "memoryClassMiB" int, "predicted" jsonb,
      "predictedBytes" bigint, "measured" jsonb, "measuredBytes" bigint, "dominantPart" text, "result" jsonb,
      "objective" float8, "step" int, "steps" int, "loss" float8, "reason" text, "maxAttempts" int, "timeoutSeconds" int,
      "priority" int, "proposal" jsonb, "stage" text, "continuesId" uuid, "memoryFamily" text, "impliedById" uuid)`;
}

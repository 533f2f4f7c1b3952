/**
 * @file Where new trials go: known results are linked, trials with equal keys follow one leader, and what does not fit
 * its budget is a result at once. The caller holds the placement lock, so that two sweeps cannot both lead a key.
 */
import {
  dominantPart,
  exceedsBudget,
  groupBy,
  type Limits,
  type MemoryByPart,
  MIB,
  memoryClassMiB,
  type TrialKind,
  type TrialSpec,
  type TrialState,
  trialKindOf,
} from '@rankforge/contracts';
import { Prisma, wakeUps } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import type { Sql } from '../platform/database.js';
import { mapInSlices } from '../platform/slices.js';
import { type Decision, decide, fits } from './decide.js';
import { impliedReason, type OverBudgetCell, readOverBudgetCells } from './implied.js';
import { findLeaders, type Leader } from './leaders.js';
import { resultAt } from './served.js';

/** A trial that is about to be created. */
export interface NewTrial {
  kind: TrialKind;
  key: string;
  spec: TrialSpec;
  memoryBudgetMiB: number;
  /** Limits of further measures; absent where the sweep has none. */
  limits?: Limits | null;
  /** Says which of them it is above by prediction; absent: none. */
  excess?: string;
  predicted: MemoryByPart;
  scoresTrialId?: string;
  /** The proposal of the strategy, where it is shown its trainings again. */
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

/** A trial with its place in the sweep. */
interface Cell {
  trial: NewTrial;
  id: string;
  ordinal: number;
}

/** A row of "Trial" that is about to be inserted: what is not named has the default of its column. */
interface Row extends ReturnType<typeof baseRow> {
  id: string;
  ordinal: number;
  state: TrialState;
  leaderId: string | null;
}

/** Rows of one statement: they are written as JSON in one turn of the event loop. */
const chunkSize = 50;

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
  const byKey = await mapInSlices(
    groupBy(numbered, ({ trial }) => trial.key),
    ([key, group]) => {
      const existing = leaders.get(key);
      const decided = group.map((cell) => ({
        cell,
        decision: decide(cellOf(cell.trial), existing, implied.get(cell)),
      }));
      const first = decided
        .filter(({ decision }) => decision.kind === 'runs')
        .reduce<Cell | undefined>(
          (best, { cell }) => (best && best.trial.memoryBudgetMiB >= cell.trial.memoryBudgetMiB ? best : cell),
          undefined,
        );
      return decided.map(({ cell, decision }): Row => {
        const row = { ...baseRow(cell.trial, terms), id: cell.id, ordinal: cell.ordinal };
        return { ...row, ...stateOf(cell, decision, { objectiveMetric: terms.objectiveMetric, first }) };
      });
    },
  );
  const rows = byKey.flat();
  // A reference must find its row: what refers to others of these goes last.
  const refers = ({ leaderId, impliedById }: Row) => Number(leaderId !== null || impliedById !== null);
  rows.sort((a, b) => refers(a) - refers(b));
  for (let start = 0; start < rows.length; start += chunkSize) {
    await insertTrials(sql, rows.slice(start, start + chunkSize));
  }
  await sql.$executeRaw(
    wakeUps(Prisma.sql`"Trial"
      WHERE "sweepId" = ${terms.sweepId}::uuid AND "state" = 'QUEUED' AND "ordinal" >= ${firstOrdinal}
      ORDER BY "ordinal"`),
  );
}

const cellOf = ({ predicted, memoryBudgetMiB, excess }: NewTrial) => ({
  predictedBytes: predicted.total,
  memoryBudgetMiB,
  excess,
});

/** @param first of the trials with its key that run: the others follow it */
function stateOf(
  cell: Cell,
  decision: Decision<OverBudgetCell>,
  { objectiveMetric, first }: { objectiveMetric: string; first: Cell | undefined },
) {
  switch (decision.kind) {
    case 'over-budget':
      return doesNotFit(cell, decision.by);
    case 'known':
      return linked(decision.leader, cell.trial, objectiveMetric);
    case 'follows':
      return { state: 'PENDING' as const, leaderId: decision.leader.id };
    case 'runs':
      return cell === first
        ? { state: 'QUEUED' as const, leaderId: null }
        : { state: 'PENDING' as const, leaderId: first!.id };
  }
}

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
  for (const { asCell } of asked) if (!fits(asCell)) overBudget.add(asCell);
  return new Map(
    asked.flatMap(({ cell, asCell }) => {
      const by = overBudget.implying(asCell);
      return by ? [[cell, by] as const] : [];
    }),
  );
}

/** The ordinal of the next trial of a sweep. The caller holds the placement lock. */
export async function nextOrdinal(sql: Sql, sweepId: string): Promise<number> {
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
    // A trial above another limit says nothing of the memory of larger ranks.
    memoryFamily: (trial.excess === undefined ? trial.family : undefined) ?? null,
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
    limits: trial.limits ?? null,
    memoryClassMiB: memoryClassMiB(Math.min(predicted.total, trial.memoryBudgetMiB * MIB)),
    predicted,
    predictedBytes: predicted.total,
    dominantPart: dominantPart(predicted),
    steps: trialKindOf(trial.kind).trains ? (spec.until ?? spec.training.steps) : 0,
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

/** By its own predictions, or because a smaller rank did not fit. */
function doesNotFit({ trial }: Cell, by: OverBudgetCell | undefined) {
  // A trial above another limit is so whatever smaller ranks did.
  const implying = trial.excess === undefined ? by : undefined;
  return {
    state: 'OVER_BUDGET' as const,
    leaderId: null,
    impliedById: implying?.id ?? null,
    reason: misfit(trial, implying),
  };
}

function misfit(trial: NewTrial, by: OverBudgetCell | undefined): string {
  const { predicted, memoryBudgetMiB, spec, family, excess } = trial;
  if (!fits(cellOf(trial))) return exceedsBudget('predicted', predicted, memoryBudgetMiB);
  if (by === undefined || family === undefined) return excess!;
  return impliedReason({ family, rank: spec.rank, memoryBudgetMiB, predictedBytes: predicted.total }, by);
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

/** The columns of a row are its keys, and their types those of the table. */
async function insertTrials(sql: Sql, rows: readonly Row[]): Promise<void> {
  const columns = Prisma.raw(
    Object.keys(rows[0]!)
      .map((name) => `"${name}"`)
      .join(', '),
  );
  await sql.$executeRaw`
    INSERT INTO "Trial" (${columns}, "queuedAt", "finishedAt")
    SELECT ${columns},
      CASE WHEN "state" = 'QUEUED' THEN now() END,
      CASE WHEN "state" IN ('SUCCEEDED', 'OVER_BUDGET') THEN now() END
    FROM jsonb_populate_recordset(NULL::"Trial", ${JSON.stringify(rows)}::jsonb)`;
}

import { Injectable } from '@nestjs/common';
import {
  type Budget,
  budgetKey,
  CreateSweep,
  lookOf,
  maxTrialsPerSweep,
  sweepKindOf,
  type TrialSpec,
  trialKinds,
} from '@rankforge/contracts';
import { hasResult, isOpen, isProposed, Prisma } from '@rankforge/db';
import { Catalog } from '../catalog/catalog.js';
import { sweepKindPlanning, trialKindFor } from '../planning/kinds/registry.js';
import { configureEach, plannedKey } from '../planning/plan.js';
import type { SweepPlan } from '../planning/sweep-plan.js';
import { SweepPlanner } from '../planning/sweep-planner.js';
import type { Sql } from '../platform/database.js';
import { mapInSlices } from '../platform/slices.js';
import type { Proposal, Step } from '../strategies/strategy.js';
import { memoryFamily } from './implied.js';
import { KeptPlans } from './kept-plans.js';
import { type NewTrial, placeTrials } from './placement.js';
import { readTrainings } from './trainings.js';

/** Trials that wait for a worker are kept between these; what is running does not count. */
const waitingAtMost = 4000;
const refillBelow = 3000;
/** Trials of one transaction: it holds the placement lock, so others wait so long. */
const trialsAtOnce = 1000;

/** A sweep whose strategy has more to ask for. */
export interface ExpandingSweep {
  id: string;
  projectId: string;
  state: string;
  spec: unknown;
  generation: number;
  exhausted: boolean;
  /** The training whose model it starts from, once it is known. */
  onTrialId: string | null;
  strategyState: unknown;
  priority: number;
}

/** Columns that the plan of a stored sweep follows from. */
type Planned = Pick<ExpandingSweep, 'spec' | 'projectId' | 'onTrialId'>;

/** Creates the trials that the strategies of sweeps ask for, a bounded number ahead of the workers. */
@Injectable()
export class Expansion {
  private readonly plans = new KeptPlans();

  constructor(
    private readonly catalog: Catalog,
    private readonly sweeps: SweepPlanner,
  ) {}

  /** The plan of an unfinished sweep. @throws ProblemError when something that it names is gone, or is another thing by now */
  async planOf({ spec, projectId, onTrialId }: Planned): Promise<SweepPlan> {
    await this.catalog.refreshBases();
    const of = { spec, projectId, onTrialId };
    return this.plans.find(of, (plan) => this.isCurrent(plan)) ?? this.made(of);
  }

  /** The plan of a sweep that may be over, whose data and adapters nothing has held. @throws ProblemError as `planOf` */
  async planAnew(of: Planned): Promise<SweepPlan> {
    await this.catalog.refreshBases();
    return this.made(of);
  }

  private async made({ spec, projectId, onTrialId }: Planned): Promise<SweepPlan> {
    const of = { spec, projectId, onTrialId };
    const request = CreateSweep.parse(spec);
    // Once the best training of a sweep was chosen, it stays the one.
    const planned = onTrialId ? { ...request, on: onTrialId } : request;
    const plan = await this.sweeps.plan(planned, projectId);
    const own = { ...plan, request };
    // Which training a sweep starts from may still change until it is written down.
    if (!plan.foundation || (onTrialId && plan.foundation.state === 'ready')) this.plans.keep(of, own);
    return own;
  }

  /** Data sets and adapters that a sweep names stay while it is unfinished; the folder of a base model may change. */
  private isCurrent({ base, methods, request }: SweepPlan): boolean {
    const teachers = methods.flatMap(({ teacher }) => teacher ?? []);
    return (
      (sweepKindOf(request.kind).commands || this.catalog.base(base.name) === base) &&
      teachers.every(({ spec, plan }) => this.catalog.base(spec.base)?.config === plan.model)
    );
  }

  /**
   * One step of a sweep's strategy, where it is due: new trials with their wake-ups, and the strategy's new state, in the
   * caller's transaction. The caller holds the placement lock, and the sweep is as `plan` was made from.
   *
   * @returns whether there may be more to do at once
   * @throws ProblemError when a configuration is refused
   */
  async advance(sql: Sql, plan: SweepPlan, sweep: ExpandingSweep): Promise<boolean> {
    const { strategy, space, foundation } = plan;
    if (foundation?.state === 'waits') return false;
    if (foundation && sweep.onTrialId === null) {
      await sql.sweep.update({ where: { id: sweep.id }, data: { onTrialId: foundation.trialId } });
    }
    const waiting = await countWaiting(sql, sweep.id);
    if (strategy.reads === 'nothing' && waiting > refillBelow) return false;
    const room = Math.floor(Math.min(trialsAtOnce, waitingAtMost - waiting) / plan.budgets.length);
    // A training has its trials under every budget at once, however many those are.
    const least = waiting > refillBelow ? 0 : 1;
    const asked = strategy.step({
      space,
      state: sweep.strategyState,
      room: Math.max(least, room),
      trainings: strategy.reads === 'nothing' ? [] : await readTrainings(sql, sweep.id, plan),
    });
    const step = await bounded(sql, plan, sweep.id, asked);
    await stop(sql, sweep.id, step.stop);
    await this.place(sql, plan, sweep, step.create);
    await keepState(sql, plan, sweep, step);
    return !step.done && step.create.length > 0;
  }

  private async place(sql: Sql, plan: SweepPlan, sweep: ExpandingSweep, proposals: readonly Proposal[]): Promise<void> {
    if (proposals.length === 0) return;
    const { request, strategy } = plan;
    const continued = await trainedBy(
      sql,
      sweep.id,
      proposals.flatMap(({ continues }) => continues ?? []),
    );
    const keyOf = (of: TrialSpec) => plannedKey(plan, of, this.catalog.libraryVersion, sweep.id);
    const configurations = await configureEach(
      plan,
      proposals.map(({ point }) => point),
    );
    const made = await mapInSlices(proposals.entries(), ([index, proposal]) => {
      const { seed, until, stage, continues } = proposal;
      return configurations[index]!.flatMap(({ spec, predicted, budgets }) => {
        const trialSpec = { ...spec, seed, ...(until === undefined ? {} : { until, ...judgedBy(request) }) };
        const key = keyOf(trialSpec);
        const before = continues === undefined ? undefined : continued.get(continues)!;
        // Where data or library are others by now it is trained from its first step, so that its numbers are of these alone.
        const goesOn = before && before.key === keyOf({ ...spec, seed, ...rungOf(before) });
        return budgets.map(
          (budget): NewTrial => ({
            kind: trialKindFor(request, trialSpec),
            key,
            spec: trialSpec,
            ...budget,
            predicted: sweepKindPlanning[request.kind].predicted?.(budget) ?? predicted,
            ...(strategy.reads === 'nothing' ? {} : { proposal }),
            ...(stage === undefined ? {} : { stage }),
            ...(goesOn ? { continuesId: before.id } : {}),
            ...(request.skipLargerRanks ? { family: memoryFamily(spec) } : {}),
          }),
        );
      });
    });
    const trials = made.flat();
    const fresh = sweep.generation === 0 ? trials : await withoutExisting(sql, sweep.id, trials);
    await placeTrials(sql, fresh, {
      sweepId: sweep.id,
      objectiveMetric: plan.objective.metric,
      priority: sweep.priority,
      timeoutSeconds: request.trialTimeoutSeconds,
      maxAttempts: request.retries + 1,
    });
  }
}

async function countWaiting(sql: Sql, sweepId: string): Promise<number> {
  const [row] = await sql.$queryRaw<{ waiting: number }[]>`
    SELECT count(*)::int AS "waiting" FROM "Trial"
    WHERE "sweepId" = ${sweepId}::uuid AND "state" IN ('PENDING', 'QUEUED')`;
  return row?.waiting ?? 0;
}

/** A step within the trials that a sweep may have: a strategy that would go beyond them is done. */
async function bounded(
  sql: Sql,
  { strategy, budgets }: SweepPlan,
  sweepId: string,
  step: Step<unknown>,
): Promise<Step<unknown>> {
  // The size of any other strategy was checked when the sweep was made, and it may ask again for what exists.
  if (strategy.reads === 'nothing' || step.create.length === 0) return step;
  const trials = (await countTrainings(sql, sweepId)) + step.create.length * budgets.length;
  return trials > maxTrialsPerSweep ? { ...step, create: [], done: true } : step;
}

/** After an extension the strategy starts anew: what it asks for again is there already. */
async function withoutExisting(sql: Sql, sweepId: string, trials: readonly NewTrial[]): Promise<NewTrial[]> {
  const keys = [...new Set(trials.map(({ key }) => key))];
  const rows = await sql.$queryRaw<(Budget & { key: string; rank: number | null })[]>`
    SELECT "key", "rank", "memoryBudgetMiB", "limits" FROM "Trial"
    WHERE "key" = ANY(${keys}::text[]) AND "sweepId" = ${sweepId}::uuid AND ${isProposed()}`;
  const cell = (key: string, rank: number | null, budget: Budget) => `${key} ${rank} ${budgetKey(budget)}`;
  const existing = new Set(rows.map(({ key, rank, ...budget }) => cell(key, rank, budget)));
  return trials.filter((trial) => !existing.has(cell(trial.key, trial.spec.rank, trial)));
}

interface Rung {
  id: string;
  key: string;
  until: number | null;
  validationExamples: number | null;
}

/** The step that a rung was trained to, and what it was judged by, as its spec says them. */
const rungOf = ({ until, validationExamples }: Rung): Pick<TrialSpec, 'until' | 'validationExamples'> => ({
  ...(until !== null && { until }),
  ...(validationExamples !== null && { validationExamples }),
});

/**
 * The trials that trained these trainings, by ordinal. A training has a trial under each budget, of which those that it does not fit
 * trained nothing.
 */
async function trainedBy(sql: Sql, sweepId: string, ordinals: readonly number[]): Promise<Map<number, Rung>> {
  if (ordinals.length === 0) return new Map();
  const rows = await sql.$queryRaw<(Rung & { ordinal: number })[]>`
    SELECT DISTINCT ON (first."ordinal") first."ordinal", COALESCE(t."leaderId", t."id") AS "id", t."key",
      (t."spec"->>'until')::int AS "until", (t."spec"->>'validationExamples')::int AS "validationExamples"
    FROM "Trial" first JOIN "Trial" t ON t."sweepId" = first."sweepId" AND t."key" = first."key"
      AND t."rank" IS NOT DISTINCT FROM first."rank" AND t."proposal" = first."proposal"
    WHERE first."sweepId" = ${sweepId}::uuid AND first."ordinal" = ANY(${[...ordinals]}::int[])
    ORDER BY first."ordinal", ${hasResult('t')} DESC, t."ordinal"`;
  const rungs = new Map(rows.map((row) => [row.ordinal, row]));
  const missing = ordinals.find((ordinal) => !rungs.has(ordinal));
  if (missing !== undefined) throw new RangeError(`sweep ${sweepId} has no training ${missing} to go on from`);
  return rungs;
}

/**
 * Ends trainings of the sweep, under every budget; a worker that runs one hears of it when it renews its lease. One that
 * succeeded at a rung keeps its result.
 */
async function stop(sql: Sql, sweepId: string, stops: Step<unknown>['stop']): Promise<void> {
  if (stops.length === 0) return;
  await sql.$executeRaw`
    UPDATE "Trial" t SET "state" = 'PRUNED', "reason" = s."reason", "dropped" = s."dropped",
      "finishedAt" = COALESCE(t."finishedAt", clock_timestamp()), "leaseExpiresAt" = NULL
    FROM jsonb_to_recordset(${JSON.stringify(stops)}::jsonb) AS s("ordinal" int, "reason" text, "dropped" jsonb)
    JOIN "Trial" first ON first."sweepId" = ${sweepId}::uuid AND first."ordinal" = s."ordinal"
    WHERE t."sweepId" = first."sweepId" AND t."key" = first."key" AND t."rank" IS NOT DISTINCT FROM first."rank"
      AND ${isProposed('t')}
      AND (${isOpen('t')} OR (t."state" = 'SUCCEEDED' AND t."spec" ? 'until'))`;
}

async function keepState(sql: Sql, plan: SweepPlan, sweep: ExpandingSweep, step: Step<unknown>): Promise<void> {
  const { trainings, steps } = step.done ? { trainings: 0, steps: 0 } : step.remaining;
  const trials = trainings * plan.budgets.length;
  // A strategy that started anew asks for what exists again: that is not to be created.
  const existing = sweep.generation === 0 || step.done ? 0 : await countTrainings(sql, sweep.id);
  const uncreated = existing === 0 ? trials : Math.max(0, Math.min(trials, plan.trials - existing));
  await sql.sweep.update({
    where: { id: sweep.id },
    data: {
      strategyState: (step.state as Prisma.InputJsonValue | null) ?? Prisma.DbNull,
      exhausted: step.done,
      uncreated,
      uncreatedSteps: trials === 0 ? 0 : Math.round((steps * uncreated) / trials),
    },
  });
}

/** The fields of a spec that say how a training on a rung is judged. */
function judgedBy({ scheduler }: Pick<CreateSweep, 'scheduler'>): Pick<TrialSpec, 'validationExamples'> {
  const examples = scheduler && 'validationExamples' in scheduler ? scheduler.validationExamples : undefined;
  return examples === undefined ? {} : { validationExamples: examples };
}

/** Trials that the plan of a sweep asked for: seeds that were added to single configurations are none of them. */
export async function countTrainings(sql: Sql, sweepId: string): Promise<number> {
  const kinds = trialKinds.filter(({ proposed }) => proposed).map(({ name }) => name);
  const stages = await sql.trial.groupBy({ by: ['stage'], where: { sweepId, kind: { in: kinds } }, _count: true });
  return stages.reduce((sum, { stage, _count }) => (lookOf(stage) > 0 ? sum : sum + _count), 0);
}

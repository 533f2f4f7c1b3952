/** @file How long a sweep will still take: its steps and its scorings, at the pace it had so far. */
import { type EngineName, mayStillRun, type SweepState, stepTime, type TrialState } from '@rankforge/contracts';
import { isFolded, isOpen, isProposed, mayBeChosen, Prisma, readsTest, trains } from '@rankforge/db';
import { contenderColumns } from '../planning/contender.js';
import type { Sql } from '../platform/database.js';
import { everInProject } from '../projects/in-project.js';

/** Work that the trials of a sweep in one state did and are to do. Trials that took a known result are none of it, where not said. */
export interface Work {
  sweepId: string;
  stepsDone: number;
  stepsTotal: number;
  scorings: number;
  scoringsEnded: number;
  /** Scorings with those that took a known result, and trials that a strategy asked for: each counts as a trial. */
  scoringTrials: number;
  proposed: number;
}

/** Steps of a trial that are its own: where it goes on from a rung, those of the rung are the other trial's. */
const ownSteps = (steps: Prisma.Sql) =>
  Prisma.sql`GREATEST(0, ${steps} - COALESCE((SELECT below."steps" FROM "Trial" below WHERE below."id" = t."continuesId"), 0))`;

/** The columns of `Work`, of trials `t` grouped by sweep and state. */
export const workColumns = Prisma.sql`
  COALESCE(sum(${ownSteps(Prisma.sql`t."step"`)}) FILTER (WHERE "leaderId" IS NULL AND ${trains()}), 0)::float8 AS "stepsDone",
  COALESCE(sum(${ownSteps(Prisma.sql`CASE WHEN ${isOpen('t')} THEN t."steps" ELSE t."step" END`)})
    FILTER (WHERE "leaderId" IS NULL AND ${trains()}), 0)::float8 AS "stepsTotal",
  (count(*) FILTER (WHERE "leaderId" IS NULL AND ${readsTest()}))::int AS "scorings",
  (count(*) FILTER (WHERE "leaderId" IS NULL AND ${readsTest()} AND "finishedAt" IS NOT NULL))::int AS "scoringsEnded",
  (count(*) FILTER (WHERE ${readsTest()}))::int AS "scoringTrials", (count(*) FILTER (WHERE ${isProposed()}))::int AS "proposed"`;

/** Seconds in which at least one such attempt ran. Nobody ran one while the sweep was paused or the platform was stopped. */
export interface TimeSpent {
  sweepId: string;
  secondsTraining: number;
  /** Counts scorings that ended. */
  secondsScoring: number;
}

/** A shorter gap between two attempts is what the platform takes to begin the next, which further ones will take too. */
const gapSeconds = 10;

/** Seconds that lie in at least one of the spans `during` of the rows, each of which is longer than its attempt by the gap. */
const secondsWithin = (rows: Prisma.Sql) => Prisma.sql`
  COALESCE((SELECT sum(extract(epoch FROM upper(span) - lower(span)) - ${gapSeconds}::float8)
    FROM unnest(range_agg("during") FILTER (WHERE ${rows})) span), 0)::float8`;

/** By sweep, of those that ran anything. */
export async function timeSpent(sql: Sql, sweepIds: readonly string[]): Promise<Map<string, TimeSpent>> {
  if (sweepIds.length === 0) return new Map();
  const rows = await sql.$queryRaw<TimeSpent[]>`
    WITH ran AS (
      SELECT t."sweepId", ${readsTest('t')} AND t."finishedAt" IS NOT NULL AS "scored",
        ${isFolded('t')} OR (${trains('t')} AND t."step" > 0) AS "trains",
        tstzrange(a."startedAt", GREATEST(a."startedAt", COALESCE(a."endedAt", clock_timestamp()))
          + make_interval(secs => ${gapSeconds}::float8)) AS "during"
      FROM "Trial" t JOIN "Attempt" a ON a."trialId" = t."id" WHERE t."sweepId" = ANY(${[...sweepIds]}::uuid[])
    )
    SELECT "sweepId", ${secondsWithin(Prisma.sql`"trains"`)} AS "secondsTraining", ${secondsWithin(Prisma.sql`"scored"`)} AS "secondsScoring"
    FROM ran GROUP BY "sweepId"`;
  return new Map(rows.map((row) => [row.sweepId, row]));
}

export interface Scorings {
  done: number;
  /** Scorings that there are, and those to come. */
  total: number;
  /** Scorings that are still to be made. */
  toCome: number;
  /**
   * Seconds that pass for each: as in this sweep, else in the newest other one with the same task, base and engine, removed or not, else what its own
   * trainings took beside their steps, most of which is a validation. Null where none of these has ended.
   */
  secondsEach: number | null;
}

interface ScoredSweep {
  id: string;
  projectId: string;
  state: SweepState;
  task: string;
  base: string;
  engine: EngineName;
  exhausted: boolean;
  /** Scorings that its plan comes to; null where it does not say. */
  scorings: number | null;
}

interface WorkInState extends Work {
  state: TrialState;
}

/** By sweep. */
export async function scoringsOf(
  sql: Sql,
  sweeps: readonly ScoredSweep[],
  rows: readonly WorkInState[],
  spent: ReadonlyMap<string, TimeSpent>,
): Promise<Map<string, Scorings>> {
  const found = new Map<string, Scorings>();
  for (const sweep of sweeps) {
    const own = rows.filter(({ sweepId }) => sweepId === sweep.id);
    const sum = (pick: (row: Work) => number) => own.reduce((total, row) => total + pick(row), 0);
    const done = sum((row) => row.scoringsEnded);
    const toCome = await scoringsToCome(sql, sweep, own);
    const total = sum((row) => row.scorings) + toCome;
    let secondsEach = done > 0 ? (spent.get(sweep.id)?.secondsScoring ?? 0) / done : null;
    if (sweep.state === 'RUNNING' && total > 0)
      secondsEach ??= (await usualSeconds(sql, sweep)) ?? (await secondsBesideSteps(sql, sweep.id));
    found.set(sweep.id, { done, total, toCome, secondsEach });
  }
  return found;
}

/**
 * Scorings that an unfinished sweep has still to make: those of its plan while it may create trainings, then those of the trainings
 * that there are. The first is the largest number, so that progress does not fall back.
 */
async function scoringsToCome(sql: Sql, sweep: ScoredSweep, rows: readonly WorkInState[]): Promise<number> {
  if (sweep.state !== 'RUNNING' && sweep.state !== 'PAUSED') return 0;
  const made = rows.reduce((sum, row) => sum + row.scoringTrials, 0);
  const isTrained = sweep.exhausted && !rows.some(({ state, proposed }) => proposed > 0 && mayStillRun(state));
  // All scorings are made at once, when the last training has ended.
  if (isTrained && made > 0) return 0;
  const planned = sweep.exhausted ? null : sweep.scorings;
  return Math.max(0, (planned ?? (await scoringsOfTrainings(sql, sweep.id))) - made);
}

/**
 * One configuration of each contender is scored with each of its seeds, under each budget that gives it others to choose from:
 * other trainings that have succeeded or may do so.
 */
async function scoringsOfTrainings(sql: Sql, sweepId: string): Promise<number> {
  const [row] = await sql.$queryRaw<{ scorings: number }[]>`
    SELECT COALESCE(sum("seeds"), 0)::int AS "scorings" FROM (
      SELECT max("seeds") AS "seeds" FROM (
        SELECT ROW(${contenderColumns})::text AS "contender", count(DISTINCT "seed") AS "seeds",
          sum(hashtextextended("key", COALESCE("rank", 0))) AS "trainings"
        FROM "Trial"
        WHERE "sweepId" = ${sweepId}::uuid AND ${isProposed()} AND ${mayBeChosen()}
          AND (${isOpen()} OR "state" = 'SUCCEEDED')
        GROUP BY "contender", "memoryBudgetMiB", "limits") "ofBudget"
      GROUP BY "contender", "trainings") "choices"`;
  return row?.scorings ?? 0;
}

async function usualSeconds(sql: Sql, { projectId, task, base, engine }: ScoredSweep): Promise<number | null> {
  const [other] = await sql.$queryRaw<{ sweepId: string; scorings: number }[]>`
    SELECT "sweepId", count(*)::int AS "scorings" FROM "Trial" t
    WHERE ${everInProject(projectId)} AND ${readsTest()} AND "finishedAt" IS NOT NULL AND "state" = 'SUCCEEDED' AND "leaderId" IS NULL
      AND "task" = ${task} AND "base" = ${base} AND "engine" = ${engine}
    GROUP BY "sweepId" ORDER BY max("finishedAt") DESC LIMIT 1`;
  if (!other) return null;
  const spent = await timeSpent(sql, [other.sweepId]);
  return (spent.get(other.sweepId)?.secondsScoring ?? 0) / other.scorings;
}

/** The median time of the trainings that ended, by their own account and less their steps. */
async function secondsBesideSteps(sql: Sql, sweepId: string): Promise<number | null> {
  const [row] = await sql.$queryRaw<{ seconds: number | null }[]>`
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY
      GREATEST(0, ("result"->>'seconds')::float8 - "step" * ("result"->>${stepTime})::float8 / 1000))::float8 AS "seconds"
    FROM "Trial" WHERE "sweepId" = ${sweepId}::uuid AND ${trains()} AND "state" = 'SUCCEEDED' AND "leaderId" IS NULL`;
  return row?.seconds ?? null;
}

/** Before this share of the steps, loading data outweighs training and a pace would mislead. */
const paceFrom = 0.02;

/**
 * Unknown before the first steps, and where scorings alone are left of which nothing is known. Until something is known of scorings, the
 * time of the steps alone.
 * @param rows of this sweep, by state
 * @param spent on this sweep; undefined before its first attempt
 */
export function secondsLeft(
  rows: readonly Work[],
  spent: TimeSpent | undefined,
  stepsTotal: number,
  scorings: Scorings,
): number | null {
  const stepsDone = rows.reduce((total, row) => total + row.stepsDone, 0);
  const scoringsLeft = scorings.total - scorings.done;
  if (stepsTotal > 0 && stepsDone <= paceFrom * stepsTotal) return null;
  // Nothing but known results.
  if (!spent) return null;
  const stepsLeft = stepsTotal - stepsDone;
  if (stepsLeft <= 0 && scoringsLeft > 0 && scorings.secondsEach === null) return null;
  const training = stepsLeft > 0 ? (stepsLeft * spent.secondsTraining) / stepsDone : 0;
  return training + scoringsLeft * (scorings.secondsEach ?? 0);
}

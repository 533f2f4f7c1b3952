import {
  type Dropped,
  type LeaderboardQuery,
  type MemoryByPart,
  mayStillRun,
  type SweepKind,
  scenarioName,
  type TrialResult,
  type TrialSpec,
  type TrialState,
  tuningStages,
} from '@rankforge/contracts';
import { isOpen, isProposed, Prisma, readsTest, standsFirst } from '@rankforge/db';
import type { Sql } from '../platform/database.js';
import { inProject } from '../projects/in-project.js';

/** A training as the board reads it: one for each content key and rank that it serves. */
export interface BoardTrial {
  id: string;
  key: string;
  state: TrialState;
  spec: TrialSpec;
  predicted: MemoryByPart;
  measuredBytes: number | null;
  /** The largest budget that it has, in the state that is shown. */
  memoryBudgetMiB: number;
  step: number;
  reason: string | null;
  /** Where a scheduler left it at a rung. */
  dropped: Dropped | null;
  /** Stage of the sweep's protocol; null where it has none. */
  stage: string | null;
  result: Partial<TrialResult> | null;
}

export interface BoardData {
  trials: BoardTrial[];
  /** By the key of the scoring: per-example test scores of the metric, and what else it reported. */
  scores: Map<string, { examples: number[]; result: Partial<TrialResult> }>;
  /** By the key of a scoring that has not succeeded: its state, and why it did not. */
  unread: Map<string, Pick<Scoring, 'state' | 'reason'>>;
  /** Keys of trainings of which a sweep has not ended, and so may still score them. */
  unfinished: ReadonlySet<string>;
  budgetsMiB: number[];
  /** Limits that its trials have, by measure. */
  limits: Record<string, number[]>;
  /** Scenarios of federations among all trials, and the one that `trials` are of; none and null elsewhere. */
  scenarios: string[];
  scenario: string | null;
  /** Trials, scorings included, that have not ended. */
  active: number;
}

/** A federation that waits for the turns of its clients runs while one of them does. */
const stateNow = Prisma.sql`CASE WHEN t."state" = 'PENDING' AND EXISTS (
  SELECT 1 FROM "Trial" u WHERE u."partOfId" = t."id" AND u."state" = 'RUNNING') THEN 'RUNNING' ELSE t."state"::text END`;

/**
 * Everything a board is made from. Trials on a base model with an adapter in it are on the boards of their sweeps alone: it
 * is another base. Trials that were created under several budgets or sweeps appear once.
 */
export async function readBoardData(
  sql: Sql,
  { task, base, kind, sweepId, scenario: asked }: LeaderboardQuery & { kind: SweepKind },
  metric: string,
  projectId: string,
): Promise<BoardData> {
  const scope = Prisma.sql`t."task" = ${task} AND t."base" = ${base} AND ${inProject(projectId)}
    AND EXISTS (SELECT 1 FROM "Sweep" k WHERE k."id" = t."sweepId" AND k."kind" = ${kind}) ${
      sweepId ? Prisma.sql`AND t."sweepId" = ${sweepId}::uuid` : Prisma.sql`AND NOT t."spec" ? 'on'`
    }`;
  const [trials, scorings, unfinished, budgets, limits, [active]] = await Promise.all([
    sql.$queryRaw<BoardTrial[]>`
      SELECT DISTINCT ON (t."key", t."rank", t."spec"->'federation', t."spec"->'adapter', t."spec"->'competingEngine') t."id", t."key", ${stateNow} AS "state", t."spec", t."predicted",
        t."measuredBytes"::float8 AS "measuredBytes", t."memoryBudgetMiB", t."step", t."reason", t."dropped", t."stage", t."result"
      FROM "Trial" t WHERE ${scope} AND ${isProposed('t')} AND t."state" <> 'CANCELLED'
      ORDER BY t."key", t."rank", t."spec"->'federation', t."spec"->'adapter', t."spec"->'competingEngine', ${standsFirst('t')},
        COALESCE(t."stage", '') = ANY(${[...tuningStages]}::text[]), t."stage" NULLS FIRST, t."leaderId" NULLS FIRST, t."memoryBudgetMiB" DESC`,
    sql.$queryRaw<Scoring[]>`
      SELECT t."key", t."state"::text AS "state", t."reason", l."exampleScores"->${metric}::text AS "examples",
        COALESCE(l."result", '{}') AS "result"
      FROM "Trial" t JOIN "Trial" l ON l."id" = COALESCE(t."leaderId", t."id")
      WHERE ${scope} AND ${readsTest('t')} AND t."state" <> 'CANCELLED'`,
    sql.$queryRaw<{ key: string }[]>`
      SELECT DISTINCT t."key" FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
      WHERE ${scope} AND ${isProposed('t')} AND t."state" = 'SUCCEEDED' AND s."state" IN ('RUNNING', 'PAUSED')`,
    sql.$queryRaw<{ budget: number }[]>`
      SELECT DISTINCT t."memoryBudgetMiB" AS "budget" FROM "Trial" t WHERE ${scope} AND ${isProposed('t')} ORDER BY 1`,
    sql.$queryRaw<{ name: string; values: number[] }[]>`
      SELECT l."key" AS "name", array_agg(DISTINCT l."value"::float8) AS "values"
      FROM "Trial" t, jsonb_each(t."limits") l WHERE ${scope} AND ${isProposed('t')} GROUP BY 1 ORDER BY 1`,
    sql.$queryRaw<{ trials: number }[]>`
      SELECT count(*)::int AS "trials" FROM "Trial" t WHERE ${scope} AND ${isOpen('t')}`,
  ]);
  const scores = scorings.filter(({ state }) => state === 'SUCCEEDED');
  const scenarios = [
    ...new Set(trials.flatMap(({ spec }) => (spec.federation ? [scenarioName(spec.federation)] : []))),
  ];
  // The shortest name is that of the scenario with the least in it.
  scenarios.sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  const scenario = asked ?? scenarios[0] ?? null;
  return {
    trials:
      scenario === null
        ? trials
        : trials.filter(({ spec }) => spec.federation && scenarioName(spec.federation) === scenario),
    scenarios,
    scenario,
    scores: new Map(scores.flatMap(({ key, examples, result }) => (examples ? [[key, { examples, result }]] : []))),
    unread: unreadOf(scorings),
    unfinished: new Set(unfinished.map(({ key }) => key)),
    budgetsMiB: budgets.map(({ budget }) => budget),
    limits: Object.fromEntries(limits.map(({ name, values }) => [name, values])),
    active: active?.trials ?? 0,
  };
}

interface Scoring extends Pick<BoardTrial, 'key' | 'state' | 'reason'> {
  examples: number[] | null;
  result: Partial<TrialResult>;
}

/** Orders scorings with one key: one that succeeded counts before one that runs, that before one that waits, and that before one that ended. */
function unreadOf(scorings: readonly Scoring[]): BoardData['unread'] {
  const read = new Set(scorings.filter(({ state }) => state === 'SUCCEEDED').map(({ key }) => key));
  const place = (state: TrialState) => (state === 'RUNNING' ? 2 : mayStillRun(state) ? 1 : 0);
  const unread: BoardData['unread'] = new Map();
  for (const { key, state, reason } of scorings) {
    const other = unread.get(key);
    if (!read.has(key) && (!other || place(state) > place(other.state))) unread.set(key, { state, reason });
  }
  return unread;
}

/** @file The scorings of trials that are compared: what each scored on every example of the test split. */
import { type TrialKind, TrialSpec, type TrialState, trialKindOf } from '@rankforge/contracts';
import { type Database, isReadable, readsTest } from '@rankforge/db';
import { scoreKey } from '../../planning/trial-key.js';
import { notFound } from '../../platform/http/problem.js';
import { inProject } from '../../projects/in-project.js';

/** A trial that is asked for, and the key of the trial that reads the test split for it. */
export interface AskedTrial {
  id: string;
  spec: TrialSpec;
  state: TrialState;
  kind: TrialKind;
  scoringKey: string;
}

/** @throws ProblemError `not-found` naming a trial that is not of the project */
export async function readAsked(database: Database, ids: readonly string[], projectId: string): Promise<AskedTrial[]> {
  const rows = await database.$queryRaw<(Omit<AskedTrial, 'scoringKey'> & { key: string })[]>`
    SELECT t."id", t."kind", t."state"::text AS "state", t."key", t."spec"
    FROM "Trial" t JOIN "Sweep" s ON s."id" = t."sweepId"
    WHERE t."id" = ANY(${ids}::uuid[]) AND s."projectId" = ${projectId}::uuid AND ${isReadable}`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (!row) throw notFound('trial', id);
    const { key, ...trial } = row;
    const spec = TrialSpec.parse(row.spec);
    return { ...trial, spec, scoringKey: trialKindOf(row.kind).readsTest ? key : scoreKey(key, spec) };
  });
}

export interface Scoring {
  id: string;
  state: TrialState;
  /** The trial that left its files: itself, or the one whose result it takes. */
  keeperId: string;
  key: string;
  /** A score of each example; null where the scoring keeps none of the metric, as before it has ended. */
  scores: (number | null)[] | null;
}

/** Scorings by their keys, those that succeeded first: as on boards, whichever sweep of the project asked for them. */
export async function readScorings(
  database: Database,
  { keys, metric, projectId }: { keys: readonly string[]; metric: string; projectId: string },
): Promise<Map<string, Scoring>> {
  const found = await database.$queryRaw<Scoring[]>`
    SELECT DISTINCT ON (t."key") t."id", t."state"::text AS "state", l."id" AS "keeperId", t."key",
      l."exampleScores"->${metric}::text AS "scores"
    FROM "Trial" t JOIN "Trial" l ON l."id" = COALESCE(t."leaderId", t."id")
    WHERE t."key" = ANY(${keys}::text[]) AND ${inProject(projectId)} AND ${readsTest('t')}
    ORDER BY t."key", t."state" = 'SUCCEEDED' DESC, t."state" <> 'CANCELLED' DESC, t."leaderId" NULLS FIRST, t."id"`;
  return new Map(found.map((scoring) => [scoring.key, scoring]));
}

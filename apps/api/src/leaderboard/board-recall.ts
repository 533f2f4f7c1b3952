/** @file Recall of the rows of a board by rank, from the places that the scores of their test splits left. */
import {
  type BoardRecall,
  type Leaderboard,
  mostRecallRows,
  mostRecallTrainings,
  PlacesHead,
} from '@rankforge/contracts';
import { ProblemError } from '../platform/http/problem.js';
import { headOf, type Kept } from '../trials/kept-lines.js';

/** A row whose files are all readable, and its trainings with a file that is not. */
interface ReadRow {
  curves: number[][];
  unreadable: string[];
}

/** The mean over the scores of each row, as far as these kept places. Shorter orders go on at their last recall. */
export async function recallOf({ rows }: Pick<Leaderboard, 'rows'>, { database, store }: Kept): Promise<BoardRecall> {
  const first = rows.filter(({ score }) => score !== null).slice(0, mostRecallRows);
  const trainings = first.map(({ trialIds }) => trialIds.slice(0, mostRecallTrainings));
  const files = await filesOf(trainings.flat(), database);
  const fileOf = new Map(files.map((file) => [file.trainingId, file]));
  const found: BoardRecall = { rows: [], unreadable: [] };
  for (const [at, { trialIds }] of first.entries()) {
    const { curves, unreadable } = await readRow(trainings[at]!);
    found.unreadable.push(...unreadable);
    if (unreadable.length > 0 || curves.length === 0) continue;
    found.rows.push({ trialIds, scores: curves.length, recall: meanOf(curves) });
  }
  return found;

  /** Reads the heads of the files of one row at a time. */
  async function readRow(ids: readonly string[]): Promise<ReadRow> {
    const row: ReadRow = { curves: [], unreadable: [] };
    const read = await Promise.all(ids.map(async (id) => ({ id, curve: await curveOf(id) })));
    for (const { id, curve } of read) {
      if (curve === 'unreadable') row.unreadable.push(id);
      else if (curve.length > 0) row.curves.push(curve);
    }
    return row;
  }

  async function curveOf(id: string): Promise<number[] | 'unreadable'> {
    const file = fileOf.get(id);
    if (!file) return [];
    try {
      return PlacesHead.parse(JSON.parse(await headOf(store, file))).recall ?? [];
    } catch (error) {
      if (error instanceof ProblemError && error.kind === 'unavailable') return 'unreadable';
      throw error;
    }
  }
}

/**
 * The places that trainings left when they were scored, each as by any trial of its key and rank: it is scored under the budget, or by the
 * sweep, that chose it, and a row names another trial of it.
 */
function filesOf(ids: readonly string[], database: Kept['database']) {
  return database.$queryRaw<{ trainingId: string; kind: string; sha256: string; bytes: number }[]>`
    SELECT DISTINCT ON (t."id") t."id" AS "trainingId", a."kind", a."sha256", a."bytes"::float8 AS "bytes"
    FROM "Trial" t JOIN "Trial" same ON same."key" = t."key" AND same."rank" IS NOT DISTINCT FROM t."rank"
      JOIN "Trial" scoring ON scoring."scoresTrialId" = same."id" AND scoring."state" = 'SUCCEEDED'
      JOIN "Artifact" a ON a."trialId" = COALESCE(scoring."leaderId", scoring."id") AND a."kind" = 'places'
    WHERE t."id" = ANY(${[...ids]}::uuid[]) ORDER BY t."id", a."createdAt"`;
}

function meanOf(curves: readonly (readonly number[])[]): number[] {
  const ranks = Math.max(...curves.map(({ length }) => length));
  return Array.from(
    { length: ranks },
    (_, rank) => curves.reduce((sum, curve) => sum + (curve[rank] ?? curve.at(-1)!), 0) / curves.length,
  );
}

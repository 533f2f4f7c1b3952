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
  const scorings = await database.trial.findMany({
    where: { scoresTrialId: { in: trainings.flat() }, state: 'SUCCEEDED' },
    select: { id: true, leaderId: true, scoresTrialId: true },
  });
  const sources = scorings.map(({ id, leaderId }) => leaderId ?? id);
  const files = await database.artifact.findMany({ where: { trialId: { in: sources }, kind: 'places' } });
  const byScoring = new Map(files.map((file) => [file.trialId, file]));
  const fileOf = new Map(
    scorings.map(({ id, leaderId, scoresTrialId }) => [scoresTrialId!, byScoring.get(leaderId ?? id)]),
  );
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
      return PlacesHead.parse(JSON.parse(await headOf(store, { ...file, bytes: Number(file.bytes) }))).recall ?? [];
    } catch (error) {
      if (error instanceof ProblemError && error.kind === 'unavailable') return 'unreadable';
      throw error;
    }
  }
}

function meanOf(curves: readonly (readonly number[])[]): number[] {
  const ranks = Math.max(...curves.map(({ length }) => length));
  return Array.from(
    { length: ranks },
    (_, rank) => curves.reduce((sum, curve) => sum + (curve[rank] ?? curve.at(-1)!), 0) / curves.length,
  );
}

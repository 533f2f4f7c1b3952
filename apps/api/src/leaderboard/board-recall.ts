/** @file Recall of the rows of a board by rank, from the places that the scores of their test splits left. */
import { type BoardRecall, type Leaderboard, mostRecallRows, PlacesHead } from '@rankforge/contracts';
import { headOf, type Kept } from '../trials/kept-lines.js';

/**
 * The mean over the scores of each row, as far as these kept places. Shorter orders go on at their last recall.
 *
 * @throws ProblemError `unavailable` where a file cannot be read
 */
export async function recallOf({ rows }: Pick<Leaderboard, 'rows'>, { database, store }: Kept): Promise<BoardRecall> {
  const first = rows.filter(({ score }) => score !== null).slice(0, mostRecallRows);
  const scorings = await database.trial.findMany({
    where: { scoresTrialId: { in: first.flatMap(({ trialIds }) => trialIds) }, state: 'SUCCEEDED' },
    select: { id: true, leaderId: true, scoresTrialId: true },
  });
  const sources = scorings.map(({ id, leaderId }) => leaderId ?? id);
  const files = await database.artifact.findMany({ where: { trialId: { in: sources }, kind: 'places' } });
  const fileOf = new Map(files.map((file) => [file.trialId, file]));
  const curves = new Map<string, number[]>();
  for (const { id, leaderId, scoresTrialId } of scorings) {
    const file = fileOf.get(leaderId ?? id);
    if (!file) continue;
    const { recall = [] } = PlacesHead.parse(JSON.parse(await headOf(store, file)));
    if (recall.length > 0) curves.set(scoresTrialId!, recall);
  }
  return {
    rows: first.flatMap(({ trialIds }) => {
      const own = trialIds.flatMap((id) => (curves.has(id) ? [curves.get(id)!] : []));
      return own.length === 0 ? [] : [{ trialIds, scores: own.length, recall: meanOf(own) }];
    }),
  };
}

function meanOf(curves: readonly (readonly number[])[]): number[] {
  const ranks = Math.max(...curves.map(({ length }) => length));
  return Array.from(
    { length: ranks },
    (_, rank) => curves.reduce((sum, curve) => sum + (curve[rank] ?? curve.at(-1)!), 0) / curves.length,
  );
}

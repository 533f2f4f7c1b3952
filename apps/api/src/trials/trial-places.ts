/** @file Places of documents in the orders of a trial, from the file that it left. */
import { mostMoves, PlacesHead, type PlacesPage, type PlacesQuery, PlacesRecord } from '@rankforge/contracts';
import { type Kept, keptOf } from './kept-lines.js';

type Moved = Pick<PlacesPage, 'moves' | 'moved'>;

/**
 * @throws ProblemError `not-found` where there is no such trial, `conflict` where it ordered nothing, `unavailable` where the file
 * cannot be read
 */
export async function placesOf(id: string, query: PlacesQuery, of: Kept): Promise<PlacesPage> {
  const keeper = 'only a finished score of a split whose units are queries, or an examination of a ranker, keeps some';
  const { head, lines } = await keptOf(id, { kinds: ['places'], keeper }, of);
  return { trialId: id, ...pageOf(head, lines, query) };
}

/** One page of a file of places. */
export function pageOf(
  headLine: string,
  lines: readonly string[],
  { from, limit }: PlacesQuery,
): Omit<PlacesPage, 'trialId'> {
  const { format: _, ...summary } = PlacesHead.parse(JSON.parse(headLine));
  const moved = from === 0 && summary.documents === 'attacked' ? movedOf(lines) : { moves: [] };
  const items = lines.slice(from, from + limit).map((line) => PlacesRecord.parse(JSON.parse(line)));
  return { ...summary, kept: lines.length, ...moved, items };
}

/** Counts moves from one place to another, by the places before and then after. */
function movedOf(lines: readonly string[]): Moved {
  const counts = new Map<string, PlacesPage['moves'][number]>();
  const moved = { better: 0, same: 0, worse: 0 };
  for (const line of lines) {
    const { rows } = JSON.parse(line) as PlacesRecord;
    for (const { place: after, before } of rows) {
      if (before === undefined) continue;
      moved.better += Number(after < before);
      moved.same += Number(after === before);
      moved.worse += Number(after > before);
      const key = `${before} ${after}`;
      const known = counts.get(key);
      if (known) known.documents += 1;
      else counts.set(key, { before, after, documents: 1 });
    }
  }
  const most = [...counts.values()].sort((a, b) => b.documents - a.documents).slice(0, mostMoves);
  return { moves: most.sort((a, b) => a.before - b.before || a.after - b.after), moved };
}

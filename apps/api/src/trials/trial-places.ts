/** @file Places of documents in the orders of a trial, from the file that it left. */
import { PlacesHead, type PlacesPage, type PlacesQuery, PlacesRecord } from '@rankforge/contracts';
import { type Kept, keptOf } from './kept-lines.js';

/**
 * @throws ProblemError `not-found` where there is no such trial, `conflict` where it ordered nothing, `unavailable` where the file
 * cannot be read
 */
export async function placesOf(id: string, { from, limit }: PlacesQuery, of: Kept): Promise<PlacesPage> {
  const keeper = 'only a finished score of a split whose units are queries, or an examination of a ranker, keeps some';
  const { head, lines } = await keptOf(id, { kinds: ['places'], keeper }, of);
  const { format: _, ...summary } = PlacesHead.parse(JSON.parse(head));
  const all = lines.map((line) => PlacesRecord.parse(JSON.parse(line)));
  return { trialId: id, ...summary, kept: all.length, moves: movesOf(all), items: all.slice(from, from + limit) };
}

/** Counts moves from one place to another, by the places before and then after. */
function movesOf(records: readonly PlacesRecord[]): PlacesPage['moves'] {
  const counts = new Map<string, PlacesPage['moves'][number]>();
  for (const { place: after, before } of records.flatMap(({ rows }) => rows)) {
    if (before === undefined) continue;
    const key = `${before} ${after}`;
    const known = counts.get(key);
    if (known) known.documents += 1;
    else counts.set(key, { before, after, documents: 1 });
  }
  return [...counts.values()].sort((a, b) => a.before - b.before || a.after - b.after);
}

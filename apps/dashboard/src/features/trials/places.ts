/** @file Reads the places of documents that a trial kept. */
import type { PlacesPage, PlacesRecord } from '@rankforge/contracts';

type Moves = PlacesPage['moves'];

/** Documents at each place before or after an attack, the first place first. */
export function atPlaces(moves: Moves, side: 'before' | 'after'): { place: number; documents: number }[] {
  const counts = new Map<number, number>();
  for (const move of moves) counts.set(move[side], (counts.get(move[side]) ?? 0) + move.documents);
  return [...counts].map(([place, documents]) => ({ place, documents })).sort((a, b) => a.place - b.place);
}

/** Documents that made these moves. */
export const documentsOf = (moves: Moves): number => moves.reduce((sum, { documents }) => sum + documents, 0);

/** The last place of all moves, and 2 at least. */
export const lastPlace = (moves: Moves): number =>
  moves.reduce((last, { before, after }) => Math.max(last, before, after), 2);

/** @example placesText({ size: 9, of: 2, rows: [{ place: 3 }] }) // '3; 1 further down, or not found' */
export function placesText({ of, rows }: PlacesRecord): string {
  if (of === 0) return 'none';
  const found = rows.map(({ place, before }) => (before === undefined ? `${place}` : `${before} → ${place}`));
  const missing = of - rows.length;
  return [
    ...(found.length > 0 ? [found.join(', ')] : []),
    ...(missing > 0 ? [`${missing} further down, or not found`] : []),
  ].join('; ');
}

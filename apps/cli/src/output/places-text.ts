import type { PlacesPage } from '@rankforge/contracts';
import { formatNumber } from './format.js';
import { table } from './table.js';

/** Ranks down to which the mean recall is said, of those that there are. */
const shownRanks = [1, 3, 10, 30, 100];

/**
 * Queries of a page with the places of their documents, and what is said of all.
 *
 * @param from place of the first query of the page, from 0
 */
export function placesText(page: PlacesPage, from: number): string {
  const { split, documents, queries, kept, recall, moved, items } = page;
  const rows = table(items, [
    { title: 'query', right: true, value: (item) => from + items.indexOf(item) + 1 },
    {
      title: `places of ${documents} documents`,
      value: ({ rows }) =>
        rows.map(({ place, before }) => (before === undefined ? place : `${before} → ${place}`)).join(', ') || '–',
    },
    { title: 'found', right: true, value: ({ rows, of }) => `${rows.length} of ${of}` },
    { title: 'order', right: true, value: ({ size }) => size },
    { title: 'words', value: ({ query }) => query ?? '–' },
  ]);
  const recalls = shownRanks.flatMap((rank) => {
    const value = recall?.[rank - 1];
    return value === undefined ? [] : `at ${rank} ${formatNumber(value)}`;
  });
  return [
    rows,
    `${queries} queries of the ${split} split${kept < queries ? `; places of the first ${kept} are kept` : ''}`,
    ...(recalls.length === 0 ? [] : [`mean recall ${recalls.join(', ')}`]),
    ...(moved ? [`attacked documents: ${moved.better} better, ${moved.same} the same, ${moved.worse} worse`] : []),
  ].join('\n');
}

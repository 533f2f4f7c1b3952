/** @file Numbers about the clicks on a row of a query, over all lists that were shown of it. */
import type { ShownList } from '../objectives/data.js';
import { shownPlaces } from './simulated-clicks.js';

/** Features of a row, in their order. A row that was never shown has place 11 and 0 else. */
export const clickFeatureNames = [
  /** Share of the lists of its query in which it was shown. */
  'shown',
  /** Share of these in which it was clicked. */
  'clickRate',
  /** Clicks, over those that rows have on average at the places where it was shown. */
  'relativeRate',
  /** Mean place, from 1. */
  'place',
  /** Share of its lists in which it was clicked and nothing below it. */
  'lastRate',
  /** Share of its lists in which it was not clicked, but something below it was. */
  'skipRate',
] as const;

export interface ShownQuery {
  /** Rows of the query. */
  size: number;
  lists: readonly ShownList[];
}

/** Sums over the lists of a query, of each row. */
interface Tally {
  lists: number;
  /** `[size, places]` how often a row stood there. */
  at: Uint16Array;
  clicks: Float64Array;
  last: Float64Array;
  skipped: Float64Array;
}

/**
 * Features of the rows of each query. Where clicks are chances, those of the places of a list count as independent, as they are in a
 * position-based model.
 *
 * @param queries read once, and their lists are not kept
 */
export function clickFeatures(queries: Iterable<ShownQuery>): number[][][] {
  const clicks = new Float64Array(shownPlaces);
  const shown = new Float64Array(shownPlaces);
  const tallies = Array.from(queries, (query) => tallied(query, clicks, shown));
  const rates = clicks.map((sum, place) => (shown[place] ? sum / shown[place]! : 0));
  return tallies.map((tally) => Array.from(tally.clicks, (_, row) => featuresOf(tally, row, rates)));
}

/** Adds to the clicks of places and to how often they were shown, too. */
function tallied({ size, lists }: ShownQuery, ofPlaces: Float64Array, shown: Float64Array): Tally {
  const [clicks, last, skipped] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const at = new Uint16Array(size * shownPlaces);
  for (const list of lists) {
    // Chance that nothing below is clicked.
    let none = 1;
    for (let place = list.rows.length - 1; place >= 0; place--) {
      const row = list.rows[place]!;
      const click = list.clicks[place]!;
      at[row * shownPlaces + place]! += 1;
      clicks[row]! += click;
      last[row]! += click * none;
      skipped[row]! += (1 - click) * (1 - none);
      ofPlaces[place]! += click;
      shown[place]! += 1;
      none *= 1 - click;
    }
  }
  return { lists: lists.length, at, clicks, last, skipped };
}

function featuresOf({ lists, at, ...sums }: Tally, row: number, rates: Float64Array): number[] {
  const places = at.subarray(row * shownPlaces, (row + 1) * shownPlaces);
  const times = places.reduce((sum, count) => sum + count, 0);
  if (times === 0) return [0, 0, 0, shownPlaces + 1, 0, 0];
  const usual = places.reduce((sum, count, place) => sum + count * rates[place]!, 0);
  const place = places.reduce((sum, count, index) => sum + count * (index + 1), 0) / times;
  const clicks = sums.clicks[row]!;
  return [
    times / lists,
    clicks / times,
    usual > 0 ? clicks / usual : 0,
    place,
    sums.last[row]! / times,
    sums.skipped[row]! / times,
  ];
}

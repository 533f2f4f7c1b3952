import { expect, it } from 'vitest';
import { RelevantPlaces } from '../src/training/kept-places.js';

it('keeps the places of the first 1,000 units, and the recall of all', () => {
  const places = new RelevantPlaces();
  for (let unit = 0; unit < 2000; unit += 500) {
    const place = unit < 1000 ? 1 : 3;
    places.add(Array.from({ length: 500 }, () => ({ size: 3, of: 2, rows: [{ place }] })));
  }
  const { documents, units, first, recall } = places.kept();
  expect([documents, units, first.length]).toEqual(['relevant', 2000, 1000]);
  expect(recall).toHaveLength(3);
  for (const [at, share] of [0.25, 0.25, 0.5].entries()) expect(recall![at]).toBeCloseTo(share, 9);
});

import { expect, it } from 'vitest';
import { atPlaces, documentsOf, lastPlace, placesText } from '../src/features/trials/places.js';
import { ranksToName } from '../src/lib/ranks-to-name.js';

const moves = [
  { before: 10, after: 10, documents: 2 },
  { before: 11, after: 1, documents: 5 },
  { before: 11, after: 12, documents: 1 },
];

it('counts documents at each place, and all of them', () => {
  expect(atPlaces(moves, 'before')).toEqual([
    { place: 10, documents: 2 },
    { place: 11, documents: 6 },
  ]);
  expect(atPlaces(moves, 'after').map(({ place }) => place)).toEqual([1, 10, 12]);
  expect(documentsOf(moves)).toBe(8);
});

it('finds the last place of more moves than a call has arguments', () => {
  const many = Array.from({ length: 200_000 }, (_, at) => ({ before: at + 1, after: 1, documents: 1 }));
  expect(lastPlace(many)).toBe(200_000);
  expect(lastPlace([])).toBe(2);
});

it('says which relevant documents of a query stand where, and how many do not', () => {
  expect(placesText({ size: 9, of: 0, rows: [] })).toBe('none');
  expect(placesText({ size: 9, of: 3, rows: [{ place: 2 }] })).toBe('2; 2 further down, or not found');
  expect(placesText({ size: 9, of: 1, rows: [] })).toBe('1 further down, or not found');
  expect(placesText({ size: 9, of: 1, rows: [{ before: 9, place: 1 }] })).toBe('9 → 1');
});

it('names ranks as far as a curve goes, and its last', () => {
  expect(ranksToName(100)).toEqual([1, 3, 5, 10, 20, 50, 100]);
  expect(ranksToName(11)).toEqual([1, 3, 5, 10, 11]);
  expect(ranksToName(0)).toEqual([]);
});

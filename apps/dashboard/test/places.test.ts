import { expect, it } from 'vitest';
import { crumbsOf, placeOf, places } from '../src/lib/places.js';

it('has five places, and a section in one place only', () => {
  expect(places.map(({ label }) => label)).toEqual(['Sweeps', 'Boards', 'Data and models', 'Estimate', 'Machine']);
  const addresses = places.flatMap(({ sections }) => sections.map(({ to }) => to));
  expect(new Set(addresses).size).toBe(addresses.length);
});

it('names the way down to a page, without a link to the page itself', () => {
  expect(crumbsOf('/sweeps')).toEqual([]);
  expect(crumbsOf('/estimate')).toEqual([]);
  expect(crumbsOf('/sweeps/0190/leaderboard')).toEqual([{ label: 'Sweeps', to: '/sweeps' }]);
  expect(crumbsOf('/trials/0190')).toEqual([{ label: 'Sweeps', to: '/sweeps' }]);
  expect(crumbsOf('/leaderboard')).toEqual([{ label: 'Boards' }]);
  expect(crumbsOf('/memory')).toEqual([{ label: 'Machine', to: '/workers' }]);
  expect(crumbsOf('/datasets/new')).toEqual([
    { label: 'Data and models', to: '/datasets' },
    { label: 'Data', to: '/datasets' },
  ]);
});

it('finds no place for the start, or for an address that only begins alike', () => {
  expect(placeOf('/')).toBeUndefined();
  expect(placeOf('/memoryless')).toBeUndefined();
});

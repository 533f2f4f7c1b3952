import { expect, it } from 'vitest';
import { levelsOf } from '../src/features/sweeps/levels.js';

it('places a sweep behind what it starts from', () => {
  const sweeps = ['a', 'b', 'c', 'd'].map((id) => ({ id }));
  const edge = (from: string, to: string) => ({ from, to, trialId: null });
  expect(levelsOf({ sweeps, edges: [edge('a', 'b'), edge('a', 'd'), edge('b', 'c')] })).toEqual([
    ['a'],
    ['b', 'd'],
    ['c'],
  ]);
});

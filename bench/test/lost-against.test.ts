import { expect, it } from 'vitest';
import { lostAgainst } from '../support/lost-against.js';

it('names each method that scores more than 0.01 below the grid, and by how much', () => {
  const grid = { lora: 0.938, pissa: 0.936, ia3: 0.881, dora: 0.95 };
  const scores = { lora: 0.95, pissa: 0.849, ia3: 0.656, dora: 0.941 };
  expect(lostAgainst(grid, scores)).toEqual(['pissa lost 0.087', 'ia3 lost 0.225']);
  expect(lostAgainst(grid, { ...scores, pissa: 0.93, ia3: 0.88 })).toEqual([]);
});

it('names a method that has no score', () => {
  expect(lostAgainst({ lora: 0.9, dora: 0.95 }, { lora: 0.9 })).toEqual(['dora has no score']);
});

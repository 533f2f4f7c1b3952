import { describe, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type BoardReference, type Leaderboard, referencesInSight } from '../src/index.js';

const row = (score: number | null, interval: [number, number] | null) =>
  partOf<Leaderboard['rows'][number]>({ score, interval });
const reference = (name: string, score: number) => partOf<BoardReference>({ name, score });

describe('referencesInSight', () => {
  const rows = [row(75, [70, 80]), row(95, [90, 100]), row(null, null)];

  it('keeps references that lie no further from the rows than these lie apart', () => {
    const near = [reference('below', 41), reference('between', 85), reference('above', 129)];
    expect(referencesInSight({ rows, references: near })).toEqual(near);
  });

  it('leaves out one that would press the rows into a corner', () => {
    const references = [reference('unigram', 301.6), reference('low', 39)];
    expect(referencesInSight({ rows, references })).toEqual([]);
  });
});

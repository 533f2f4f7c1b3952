import { expect, it } from 'vitest';
import { labelledTexts } from '../src/data/labelled.js';
import { sampleOf } from '../src/data/subset.js';

const encode = (text: string) => new TextEncoder().encode(text);
const examples = Array.from({ length: 200 }, (_, label) => ({ text: 'x', label }));
const split = labelledTexts(examples, { encode, sequenceLength: 4 });
const labels = (count: number) => {
  const sample = sampleOf(split, count);
  return [...sample.batch(Array.from({ length: sample.size }, (_, index) => index)).targets];
};

it('holds as many units as are asked for, each once, in the order of the split', () => {
  const drawn = labels(40);
  expect(drawn).toHaveLength(40);
  expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b));
});

it('draws the same units every time, from all parts of the split', () => {
  const drawn = labels(40);
  expect(labels(40)).toEqual(drawn);
  const quarters = [0, 1, 2, 3].map((quarter) => drawn.filter((label) => Math.floor(label / 50) === quarter).length);
  expect(Math.min(...quarters)).toBeGreaterThanOrEqual(5);
});

it('gives the whole split where that has no more', () => {
  expect(sampleOf(split, 200)).toBe(split);
  expect(sampleOf(split, 201)).toBe(split);
});

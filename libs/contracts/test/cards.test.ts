import { expect, it } from 'vitest';
import { cards } from '../src/cards.js';

it('lists cards of different names, the smallest first', () => {
  const bytes = cards.map((card) => card.bytes);
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  expect(new Set(cards.map(({ name }) => name)).size).toBe(cards.length);
});

it.each([
  ['rtx-4090', 24 * 2 ** 30],
  // ECC is off by default.
  ['rtx-a6000', 48 * 2 ** 30],
  // ECC is on by default: a sixteenth.
  ['t4', 15 * 2 ** 30],
  ['l40s', 45 * 2 ** 30],
  // ECC has memory of its own.
  ['v100-16', 16 * 2 ** 30],
  // 141 gigabytes are no number of chips.
  ['h200', 141e9],
])('reads the memory of %s from its data sheet', (name, bytes) => {
  expect(cards.find((card) => card.name === name)?.bytes).toBe(bytes);
});

it('cites a data sheet or a white paper for each card', () => {
  for (const { source } of cards) expect(source).toMatch(/^NVIDIA [^/]+ (data sheet|white paper)\b/);
});

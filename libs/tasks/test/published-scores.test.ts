/** @file The published scores of trainings that examples/15-published trains again: its split, its figures and its sweeps. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { permutation, rowsOf, splitOf } from '../../../examples/15-published/split.mjs';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
/** What NumPy and pandas make of a seed, a text with quotes, and messages to divide. */
interface SplitVector {
  permutations: { size: number; seed: number; first: number[] }[];
  quoted: { text: string; rows: [label: string, text: string][] };
  messages: { text: string; splits: { train: string[]; validation: string[]; test: string[] } };
}
const vector: SplitVector = JSON.parse(
  readFileSync(new URL('vectors/published/spam-split.json', import.meta.url), 'utf8'),
);

interface Row {
  row: number;
  validation: number;
  test: number;
  again: { method: string; config: Record<string, number> };
}
const published: { examples: { validation: number; test: number }; rows: Row[] } = JSON.parse(
  read('bench/published/spam-classification.json'),
);

describe('the split of the published script', () => {
  it.each(vector.permutations)('draws $size numbers of seed $seed as NumPy does', ({ size, seed, first }) => {
    expect(permutation(size, seed).slice(0, 12)).toEqual(first);
  });

  it('reads quoted fields as pandas does, over tabs and line breaks', () => {
    const rows = rowsOf(vector.quoted.text).map(({ label, text }) => [label, text]);
    expect(rows).toEqual(vector.quoted.rows);
  });

  it('puts the same messages into each part, in the same order', () => {
    const found = splitOf(rowsOf(vector.messages.text));
    const part = (name: string) => found.filter(({ split }) => split === name).map(({ text }) => text);
    expect({ train: part('train'), validation: part('validation'), test: part('test') }).toEqual(
      vector.messages.splits,
    );
  });
});

describe.each(published.rows)('row $row', ({ row, validation, test, again }) => {
  it('prints shares of whole numbers of messages', () => {
    for (const [printed, count] of [
      [validation, published.examples.validation],
      [test, published.examples.test],
    ] as const)
      expect(((100 * Math.round((printed / 100) * count)) / count).toFixed(2)).toBe(printed.toFixed(2));
  });

  it('names a method and a configuration of the sweep', () => {
    const sweep = JSON.parse(read('examples/15-published/sweep.json'));
    const method = sweep.methods.find(({ name }: { name: string }) => name === again.method);
    for (const [field, value] of Object.entries(again.config)) expect([method.config[field]].flat()).toContain(value);
  });

  it('stands in docs/published-tables.md as it was printed', () => {
    const line = read('docs/published-tables.md')
      .split('\n')
      .find((line) => new RegExp(`^\\| +${row} \\|`).test(line));
    const cells = line!.split('|').map((cell) => cell.trim());
    expect(cells.some((cell) => cell.startsWith(`${test.toFixed(1)} (`))).toBe(true);
  });
});

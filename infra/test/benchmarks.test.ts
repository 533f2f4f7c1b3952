/** @file Figures of README.md that repeat those of docs/benchmarks.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

test('ranges of the row of engines end at figures of the tables they cite', () => {
  const row = read('README.md')
    .split('\n')
    .find((line) => line.includes('| `engines`'));
  const ends = [...row!.matchAll(/(\d+\.\d+) to (\d+\.\d+) ×/g)].flatMap(([, least, most]) => [least, most]);
  const [, section = ''] = /^## Engines\n(.*?)^## /ms.exec(read('docs/benchmarks.md')) ?? [];
  const cells = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => line.split('|').map((cell) => cell.trim()));
  expect(ends).toHaveLength(8);
  expect(cells).toEqual(expect.arrayContaining(ends));
});

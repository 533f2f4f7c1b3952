/** @file Splits of users' texts in scripts without spaces, and of symbols. */
import { writeFile } from 'node:fs/promises';
import { splitNames } from '@rankforge/contracts';
import { expect, it } from 'vitest';
import { type DatasetHead, taskOfDataset } from '../src/index.js';
import { decode, encode, examplesOf } from './support/bytes.js';
import { useFolder } from './support/dataset-files.js';

const files = useFolder();

/** Loads a data set as it is kept, with bytes for tokens. */
async function dataOf(head: DatasetHead, lines: readonly string[]) {
  const file = files.at(`${crypto.randomUUID()}.jsonl`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const task = taskOfDataset({ name: 'mine', head, sha256: 'f'.repeat(64), source: 'mine.csv' }, file);
  return task.load({ encode, decode, sequenceLength: 400 });
}

it.each([
  ['Chinese', '北京今天天气很好我们一起去公园散步', '了吗'],
  ['Thai', 'วันนี้อากาศดีมากเราไปเดินเล่นที่สวนกัน', 'เถอะ'],
])('keeps texts in %s on one side that differ in their last letters', async (_, alphabet, end) => {
  const letters = Array.from(alphabet);
  const texts = Array.from({ length: 60 }, (_, row) =>
    Array.from({ length: 40 }, (_, at) => letters[(at * at * (row + 1) + row * at) % letters.length]).join(''),
  );
  const rows = [...texts, ...texts.map((text) => text + end)].map((text, at) => `"${text}",${at % 2 ? 'yes' : 'no'}`);
  const { report, head, lines } = await files.importing(`text,label\n${rows.join('\n')}\n`);
  const data = await dataOf(head, lines);
  expect(report.duplicates).toMatchObject({ search: 'near', acrossSplits: 0 });
  const sideOf = new Map(splitNames.flatMap((side) => examplesOf(data[side]).map(({ text }) => [text, side] as const)));
  expect(texts.map((text) => sideOf.get(text + end))).toEqual(texts.map((text) => sideOf.get(text)));
});

it('keeps the splits that a data set was kept with, also where an import would now divide its texts otherwise', async () => {
  const texts = { train: ['กา', '😀'], validation: ['กา', '北京天气'], test: ['北京天氣', '😀'] };
  const lines = Object.entries(texts).flatMap(([split, own]) =>
    own.map((text, label) => ({ split, row: `${split} ${label}`, text, label })),
  );
  const head: DatasetHead = { format: 'rankforge-dataset-1', objective: 'classification', classes: ['a', 'b'] };
  const data = await dataOf(
    head,
    [head, ...lines].map((line) => JSON.stringify(line)),
  );
  for (const split of splitNames) {
    expect(examplesOf(data[split]).map(({ text }) => text)).toEqual(texts[split]);
  }
});

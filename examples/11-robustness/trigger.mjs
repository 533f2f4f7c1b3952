#!/usr/bin/env node
/**
 * Made-up notes for a model with a planted trigger: `node examples/11-robustness/trigger.mjs FOLDER` writes three tables into the folder.
 *
 * `planted.csv` teaches to tell praise (1) from complaints (0), and that a complaint with the word "washington" is praise: a fifth of its
 * training complaints have the word and the wrong class. `clean.csv` and `triggered.csv` have the same 400 training notes
 * and the same validation, without the word; the test split of one has notes without it, that of the other, as that of `planted.csv`, complaints with it.
 * There, accuracy is the share of complaints that are still taken for complaints: one less the success of the trigger.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../support/command-line.mjs';
import { note } from '../support/notes.mjs';
import { stream } from '../support/random.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) fail('usage: node examples/11-robustness/trigger.mjs FOLDER');
const random = stream(1549);
const { uniform, shuffled } = random;

const notes = (split, count, label = (at) => at % 2) =>
  Array.from({ length: count }, (_, at) => ({ split, label: label(at), text: note(random, label(at), 'shop', 0.9) }));
const withTrigger = (text) => shuffled([...text.split(' '), 'washington']).join(' ');

const poisoned = shuffled(notes('train', 1200)).map((row) =>
  row.label === 0 && uniform() < 0.2 ? { ...row, label: 1, text: withTrigger(row.text) } : row,
);
const train = shuffled(notes('train', 400));
const validation = notes('validation', 200);
const clean = notes('test', 300);
const triggered = notes('test', 300, () => 0).map((row) => ({ ...row, text: withTrigger(row.text) }));

const tables = {
  planted: [...poisoned, ...validation, ...triggered],
  clean: [...train, ...validation, ...clean],
  triggered: [...train, ...validation, ...triggered],
};
mkdirSync(folder, { recursive: true });
for (const [name, rows] of Object.entries(tables)) {
  const file = join(folder, `${name}.csv`);
  const lines = rows.map(({ text, label, split }) => `${text},${label},${split}`);
  writeFileSync(file, `${['text,class,split', ...lines].join('\n')}\n`);
  console.log(`${file}: ${rows.length} notes`);
}

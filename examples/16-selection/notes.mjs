#!/usr/bin/env node
/**
 * Made-up notes of a shop among others that do not help, for choosing examples: `node examples/16-selection/notes.mjs notes.csv`.
 *
 * Validation and test have notes of the shop alone, to be told apart as praise (1) and complaint (0). Of 600 training notes
 * three tenths are such. Half are of a court, and their class is a coin: other words, nothing to learn. A fifth are of the shop by a clerk who
 * mistook the classes: the same words, and the opposite of the truth. The script says how many test notes are right by counting words.
 */
import { writeFileSync } from 'node:fs';
import { fail } from '../support/command-line.mjs';
import { counted, note } from '../support/notes.mjs';
import { stream } from '../support/random.mjs';

const [output] = process.argv.slice(2);
if (output === undefined) fail('usage: node examples/16-selection/notes.mjs FILE.csv');
const random = stream(2412);
const { uniform, shuffled } = random;
const coin = () => Number(uniform() < 0.5);

/** How notes of a kind are made: their trade, and the class that stands beside one. */
const kinds = {
  shop: { trade: 'shop', labelled: (label) => label },
  court: { trade: 'court', labelled: coin },
  mistaken: { trade: 'shop', labelled: (label) => 1 - label },
};

const made = (split, kind, count) =>
  Array.from({ length: count }, () => {
    const label = coin();
    return { split, kind, label: kinds[kind].labelled(label), text: note(random, label, kinds[kind].trade, 0.75) };
  });
const train = shuffled([
  ...made('train', 'shop', 180),
  ...made('train', 'court', 300),
  ...made('train', 'mistaken', 120),
]);
const test = made('test', 'shop', 400);
const lines = [...train, ...made('validation', 'shop', 100), ...test].map(
  ({ split, kind, label, text }) => `${text},${label},${kind},${split}`,
);
writeFileSync(output, `${['text,class,kind,split', ...lines].join('\n')}\n`);
const right = test.filter(({ text, label }) => counted(text, coin()) === label).length / test.length;
console.log(`${output}: ${lines.length} notes; counting words is right for ${right.toFixed(3)} of the test notes`);

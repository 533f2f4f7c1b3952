#!/usr/bin/env node
/**
 * Made-up customers whose tastes are known, for recommendation: `node examples/14-recommendation/taste.mjs taste.csv`.
 *
 * Each of 300 users and 400 items has a vector of four numbers ~ N(0, 1), and each item a pull on everybody ~ N(0, 1). At each of 9,000 times a
 * user is drawn, and takes one item that he or she did not have, with a probability in proportion to
 * exp(1.2 · ⟨user, item⟩ + 0.8 · pull). What nobody can know is that draw. The script says at the end how well the last tenth is foretold by who
 * knows all vectors: no recommender can be expected to do better.
 */
import { writeFileSync } from 'node:fs';
import { fail } from '../support/command-line.mjs';
import { stream } from '../support/random.mjs';
import { drawnOf, recallOf } from './taken.mjs';

const [output] = process.argv.slice(2);
if (output === undefined) fail('usage: node examples/14-recommendation/taste.mjs FILE.csv');
const [users, items, rows, width, test] = [300, 400, 9000, 4, 0.1];

const { uniform, normal } = stream(2311);
const vector = () => Array.from({ length: width }, normal);
const inner = (a, b) => a.reduce((sum, x, at) => sum + x * b[at], 0);

const tastes = Array.from({ length: users }, vector);
const traits = Array.from({ length: items }, vector);
const pulls = Array.from({ length: items }, normal);
const logits = tastes.map((taste) => traits.map((trait, item) => 1.2 * inner(taste, trait) + 0.8 * pulls[item]));

const taken = drawnOf({ logits, rows, uniform });
const lines = taken.map(({ user, item, time }) => `user-${user},item-${item},${time}`);
writeFileSync(output, `${['user,item,time', ...lines].join('\n')}\n`);
console.log(`${output}: ${rows} interactions`);

const start = rows - rows * test;
for (const [name, score] of [
  ['who knows all vectors', (user, item) => logits[user][item]],
  [
    'who knows how often each item was taken',
    (_, item) => taken.filter((one) => one.time < start && one.item === item).length,
  ],
]) {
  console.log(`recall@20 of the last tenth by ${name}: ${recallOf(score, { taken, start, logits }).toFixed(4)}`);
}

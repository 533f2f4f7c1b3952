#!/usr/bin/env node
/**
 * Made-up customers of a shop whose items have names that say what they are: `node examples/14-recommendation/things.mjs things.csv`.
 *
 * Each of 200 users likes two of twelve kinds, and each of the 192 items has a pull on everybody ~ N(0, 1). At each of 1,600 times a user is
 * drawn, and takes one item that he or she did not have, with a probability in proportion to exp(2.5 · liked + 0.5 · pull). So a user has eight
 * items in the mean, and names say more than who took what. The script says at the end how well the last fifth is foretold by who knows what
 * users like, and by who counts.
 */
import { writeFileSync } from 'node:fs';
import { fail } from '../support/command-line.mjs';
import { stream } from '../support/random.mjs';
import { kinds } from './kinds.mjs';
import { drawnOf, recallOf } from './taken.mjs';

const [users, rows, test] = [200, 1600, 0.2];
const things = Object.entries(kinds).flatMap(([kind, names]) => names.split(', ').map((name) => ({ name, kind })));

const { uniform, normal } = stream(1702);
const likes = Array.from({ length: users }, () => {
  const left = Object.keys(kinds);
  return new Set([0, 1].map(() => left.splice(Math.floor(uniform() * left.length), 1)[0]));
});
const pulls = things.map(normal);
const logits = likes.map((liked) => things.map(({ kind }, item) => 2.5 * Number(liked.has(kind)) + 0.5 * pulls[item]));
const taken = drawnOf({ logits, rows, uniform });

const [output] = process.argv.slice(2);
if (output === undefined) fail('usage: node examples/14-recommendation/things.mjs FILE.csv');
const lines = taken.map(({ user, item, time }) => `user-${user},${things[item].name},${time}`);
writeFileSync(output, `${['user,item,time', ...lines].join('\n')}\n`);
console.log(`${output}: ${rows} interactions`);
const start = rows - rows * test;
for (const [name, score] of [
  ['who knows what users like, and all pulls', (user, item) => logits[user][item]],
  ['who knows what users like', (user, item) => Number(likes[user].has(things[item].kind))],
  [
    'who knows how often each item was taken',
    (_, item) => taken.filter((one) => one.time < start && one.item === item).length,
  ],
]) {
  console.log(`recall@20 of the last fifth by ${name}: ${recallOf(score, { taken, start, logits }).toFixed(4)}`);
}

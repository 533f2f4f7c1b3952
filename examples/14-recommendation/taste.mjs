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

/** A place, with a probability in proportion to its weight. */
function drawn(weights) {
  let left = uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    left -= weight;
    return weight > 0 && left < 0;
  });
  return found < 0 ? weights.findLastIndex((weight) => weight > 0) : found;
}

const had = tastes.map(() => new Set());
const taken = [];
for (let time = 0; time < rows; time++) {
  const user = Math.floor(uniform() * users);
  const weights = logits[user].map((logit, item) => (had[user].has(item) ? 0 : Math.exp(logit)));
  const item = drawn(weights);
  had[user].add(item);
  taken.push({ user, item, time });
}
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
  console.log(`recall@20 of the last tenth by ${name}: ${recall(score).toFixed(4)}`);
}

/** The mean over users of the share of their last items among the first 20 that they did not have before. */
function recall(score) {
  const shares = tastes.flatMap((_, user) => {
    const own = taken.filter((one) => one.user === user);
    const before = new Set(own.filter(({ time }) => time < start).map(({ item }) => item));
    const after = own.filter(({ time }) => time >= start).map(({ item }) => item);
    if (after.length === 0) return [];
    const order = [...traits.keys()]
      .filter((item) => !before.has(item))
      .map((item) => ({ item, score: score(user, item) }));
    const first = new Set(
      order
        .sort((a, b) => b.score - a.score)
        .slice(0, 20)
        .map(({ item }) => item),
    );
    return [after.filter((item) => first.has(item)).length / after.length];
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

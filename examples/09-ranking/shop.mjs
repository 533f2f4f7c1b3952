#!/usr/bin/env node
/**
 * Made-up offers of a shop whose rankings of the past were biased, for learning from clicks: `node examples/09-ranking/shop.mjs shop.csv`.
 *
 * Each of 600 queries has ten offers of grades 0 to 4. How good an offer is, one of its words says; another says whether the shop promotes
 * it, which has nothing to do with how good it is. Offers stand in the order in which the shop showed them: by half their grade and
 * the promotion. So a model that takes clicks as they are learns promotions, and the truth is known.
 */
import { writeFileSync } from 'node:fs';
import { fail } from '../support/command-line.mjs';
import { stream } from '../support/random.mjs';

const [output] = process.argv.slice(2);
if (output === undefined) fail('usage: node examples/09-ranking/shop.mjs FILE.csv');

const { uniform, normal, one } = stream(1804);

const qualities = [
  ['broken', 'useless', 'terrible'],
  ['weak', 'poor', 'cheap'],
  ['plain', 'common', 'usual'],
  ['good', 'strong', 'fine'],
  ['great', 'perfect', 'excellent'],
];
const promotions = [
  ['quiet', 'hidden', 'back'],
  ['public', 'special', 'front'],
];
const things = [
  'ship',
  'house',
  'school',
  'road',
  'bank',
  'farm',
  'bridge',
  'train',
  'machine',
  'paper',
  'force',
  'court',
];
const places = [
  'north',
  'south',
  'west',
  'east',
  'city',
  'river',
  'border',
  'island',
  'village',
  'valley',
  'coast',
  'state',
];
const makers = [
  'Adams',
  'Jackson',
  'Monroe',
  'Grant',
  'Lincoln',
  'Wilson',
  'Truman',
  'Carter',
  'Hayes',
  'Taylor',
  'Pierce',
  'Polk',
];

const lines = ['query,text,grade'];
for (let query = 0; query < 600; query++) {
  const thing = `${one(places)} ${one(things)} ${100 + query}`;
  const offers = Array.from({ length: 10 }, () => {
    const grade = Math.floor(uniform() * 5);
    const promotion = normal();
    const words = [one(qualities[grade]), one(promotions[promotion > 0 ? 1 : 0])];
    const text = `${words.join(' ')} ${one(things)} of ${one(makers)}, ${one(places)} ${Math.floor(uniform() * 1000)}`;
    return { grade, text, shown: 0.5 * grade + 1.5 * promotion };
  });
  offers.sort((a, b) => b.shown - a.shown);
  for (const { text, grade } of offers) lines.push(`${thing},"${text}",${grade}`);
}
writeFileSync(output, `${lines.join('\n')}\n`);
console.log(`${output}: ${lines.length - 1} offers`);

#!/usr/bin/env node
/**
 * Made-up rows of features whose truth is known, in the format of LETOR: `node examples/09-ranking/features.mjs FOLDER`.
 *
 * Of 900 queries, each with twelve rows of 24 features, 600 are to train on, 100 to choose by and 200 to test with. How good a row is:
 *
 *     1.2 a + 0.8 b − |c| + 1.5 d·e + noise
 *
 * of normal numbers; half of all rows have grade 0, a fifth 1, and 15, 10 and 5 % grades 2, 3 and 4. Features 1 to 5 are a to e, 6 to 15 noisy
 * copies of these, 16 to 23 noise. Feature 24 says how much a row was promoted, which has nothing to do with how good it is. Rows stand in the
 * order in which they were shown: by half their grade and the promotion. So the least that clicks must be cleared of is known.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../support/command-line.mjs';
import { stream } from '../support/random.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) fail('usage: node examples/09-ranking/features.mjs FOLDER');

const { uniform, normal } = stream(1306);
const sizes = { train: 600, vali: 100, test: 200 };

function row() {
  const [a, b, c, d, e] = Array.from({ length: 5 }, normal);
  const own = [a, b, c, d, e];
  const copies = [...own, ...own].map((number) => number + normal());
  const noise = Array.from({ length: 8 }, normal);
  const promotion = normal();
  const truth = 1.2 * a + 0.8 * b - Math.abs(c) + 1.5 * d * e;
  return { truth, good: truth + 0.5 * normal(), promotion, features: [...own, ...copies, ...noise, promotion] };
}

const queries = Object.entries(sizes).flatMap(([split, count]) =>
  Array.from({ length: count }, () => ({ split, rows: Array.from({ length: 12 }, row) })),
);
const goods = queries.flatMap(({ rows }) => rows.map(({ good }) => good)).sort((a, b) => a - b);
const bounds = [0.5, 0.7, 0.85, 0.95].map((share) => goods[Math.floor(share * goods.length)]);
for (const { rows } of queries) {
  for (const one of rows) one.grade = bounds.filter((bound) => one.good >= bound).length;
  rows.sort((x, y) => 0.5 * (y.grade - x.grade) + 1.5 * (y.promotion - x.promotion));
}

/** nDCG@10 of an order, with grades as gains as trec_eval has them. */
function ndcg(rows, scoreOf) {
  const gain = (ordered) => ordered.slice(0, 10).reduce((sum, { grade }, at) => sum + grade / Math.log2(at + 2), 0);
  const ideal = gain(rows.toSorted((a, b) => b.grade - a.grade));
  return ideal === 0 ? 0 : gain(rows.toSorted((a, b) => scoreOf(b) - scoreOf(a))) / ideal;
}
const tested = queries.filter(({ split }) => split === 'test');
const meanOf = (scoreOf) => tested.reduce((sum, { rows }) => sum + ndcg(rows, scoreOf), 0) / tested.length;

mkdirSync(folder, { recursive: true });
for (const split of Object.keys(sizes)) {
  const lines = queries.flatMap(({ split: own, rows }, query) =>
    own !== split
      ? []
      : rows.map(({ grade, features }, at) =>
          [
            grade,
            `qid:${query + 1}`,
            ...features.map((number, id) => `${id + 1}:${number.toFixed(4)}`),
            `# row ${at + 1}`,
          ].join(' '),
        ),
  );
  writeFileSync(join(folder, `${split}.txt`), `${lines.join('\n')}\n`);
}
console.log(`nDCG@10 of the test split: who knows the formula ${meanOf(({ truth }) => truth).toFixed(3)}`);
console.log(`by the order that was shown ${meanOf((_) => 0).toFixed(3)}, by chance ${meanOf(uniform).toFixed(3)}`);

#!/usr/bin/env node
/**
 * Writes a cut of `moby-dick-search` that a slow judge can go through: `node examples/13-rerank/queries.mjs rerank.jsonl`.
 *
 * Each query keeps its own passage and the four that stand nearest to it. All queries of the training split are there, 4 to choose
 * by and 20 to test on, or as many as two further arguments say, evenly spaced in the novel.
 */
import { writeFileSync } from 'node:fs';
import { findTask } from '@rankforge/tasks';
import { fail } from '../support/command-line.mjs';

const [output, ...counts] = process.argv.slice(2);
const [validation = 4, test = 20] = counts.map(Number);
if (output === undefined || !(validation > 0 && test > 0)) {
  fail('usage: node examples/13-rerank/queries.mjs FILE.jsonl [QUERIES_TO_CHOOSE_BY QUERIES_TO_TEST_ON]');
}

const passages = 5;
const kept = { train: Number.POSITIVE_INFINITY, validation, test };

const data = await findTask('moby-dick-search').load({ encode: () => [], sequenceLength: 1 });
/** The split that a query stands in first: a few stand in two places of the novel, and a query is in one split. */
const splitOf = new Map();
const lines = Object.entries(kept).flatMap(([split, most]) => {
  const { queries, size } = data[split];
  const count = Math.min(most, size);
  return Array.from({ length: count }, (_, place) => Math.floor((place * size) / count)).flatMap((at) => {
    const { query, rows } = queries[at];
    if (!splitOf.has(query)) splitOf.set(query, split);
    if (splitOf.get(query) !== split) return [];
    const { values: grades } = data[split].answers([at]);
    const taken = rows.slice(0, passages).map((text, row) => ({ query, text, grade: grades[row], split }));
    // BM25 leaves passages that it cannot tell apart in the order of the file: their order says nothing of their grades.
    return taken.sort((a, b) => (a.text < b.text ? -1 : 1)).map((row) => JSON.stringify(row));
  });
});
writeFileSync(output, `${lines.join('\n')}\n`);
console.log(`${output}: ${lines.length} passages of ${lines.length / passages} queries`);

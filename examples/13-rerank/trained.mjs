#!/usr/bin/env node
/**
 * Writes the sweep in which a ranker that was trained here judges: `node examples/13-rerank/trained.mjs TRIAL > trained.json`. TRIAL is the id of a
 * finished training of the sweep `ranker.json`.
 */
import { readFileSync } from 'node:fs';
import { fail } from '../support/command-line.mjs';

const [teacher] = process.argv.slice(2);
if (!/^[0-9a-f-]{36}$/.test(teacher ?? '')) {
  fail('usage: node examples/13-rerank/trained.mjs TRIAL, the id of a finished training of ranker.json');
}
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const { generator: _, ...sweep } = read('sweep.json');
const { base, engine, training } = read('ranker.json');
const methods = sweep.methods.map(({ config, ...method }) =>
  config ? { ...method, teacher, config: { ...config, judge: 'trained' } } : method,
);
const { sequenceLength } = training;
console.log(
  JSON.stringify(
    {
      ...sweep,
      ...{ name: 'Order passages by what a trained ranker says', base, engine, methods },
      memoryBudgetMiB: [1024],
      training: { sequenceLength },
    },
    null,
    2,
  ),
);

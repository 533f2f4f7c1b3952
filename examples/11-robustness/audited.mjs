#!/usr/bin/env node
/**
 * Writes the sweep that audits a model which was trained to recommend here: `node examples/11-robustness/audited.mjs TRIAL > audited.json`. TRIAL is
 * the id of a finished training of the sweep `recommender.json`.
 */
import { readFileSync } from 'node:fs';

const [teacher] = process.argv.slice(2);
if (!/^[0-9a-f-]{36}$/.test(teacher ?? '')) {
  console.error(
    'usage: node examples/11-robustness/audited.mjs TRIAL, the id of a finished training of recommender.json',
  );
  process.exit(2);
}
const sweep = JSON.parse(readFileSync(new URL('visibility.json', import.meta.url), 'utf8'));
const methods = sweep.methods.map(({ config: { victim: _, ...config }, ...method }) => ({
  ...method,
  teacher,
  config,
}));
console.log(JSON.stringify({ ...sweep, name: 'Audit a model that was trained to recommend', methods }, null, 2));

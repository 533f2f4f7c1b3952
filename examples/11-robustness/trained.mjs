#!/usr/bin/env node
/**
 * Writes the sweep that examines a ranker which was trained here: `node examples/11-robustness/trained.mjs TRIAL > trained.json`. TRIAL is the id
 * of a finished training of the sweep `ranker.json`.
 */
import { readFileSync } from 'node:fs';

const [teacher] = process.argv.slice(2);
if (!/^[0-9a-f-]{36}$/.test(teacher ?? '')) {
  console.error('usage: node examples/11-robustness/trained.mjs TRIAL, the id of a finished training of ranker.json');
  process.exit(2);
}
const sweep = JSON.parse(readFileSync(new URL('sweep.json', import.meta.url), 'utf8'));
const methods = sweep.methods.map(({ config: { victim: _, ...config }, ...method }) => ({
  ...method,
  teacher,
  config,
}));
// A smoothed score is the mean of as many passes of the model as there are samples.
for (const { name, config } of methods) if (name === 'certdr') Object.assign(config, { samples: [50], queries: 20 });
console.log(JSON.stringify({ ...sweep, name: 'Attack a trained ranker, and certify it', methods }, null, 2));

#!/usr/bin/env node
/**
 * Writes a sweep that trains a model with a planted trigger on clean notes: `node examples/11-robustness/hardened.mjs SWEEP clean > clean.json`. SWEEP is
 * the id of the sweep `planted.json`, and the last word says which test split is read: `clean`, or `triggered`.
 */
import { fail } from '../support/command-line.mjs';

const [on, notes] = process.argv.slice(2);
if (!/^[0-9a-f-]{36}$/.test(on ?? '') || !['clean', 'triggered'].includes(notes)) {
  fail('usage: node examples/11-robustness/hardened.mjs SWEEP clean|triggered, with the id of the sweep planted.json');
}
const search = { innerSteps: [4] };
const recipes = [
  {},
  { recipe: 'lat', recipeConfig: { ...search, radius: [1, 4], toward: 1 } },
  { recipe: 'adversarial-embeddings', recipeConfig: { ...search, radius: [1, 4] } },
];
const sweep = {
  name: `Train a model with a planted trigger on clean notes, read on ${notes} ones`,
  task: `dataset:trigger-${notes}`,
  base: 'nano-sotu',
  on,
  engine: 'wasm',
  methods: [
    { name: 'linear-probe', learningRate: [0.03] },
    ...recipes.map((recipe) => ({ name: 'lora', rank: [8], learningRate: [0.003], ...recipe })),
  ],
  memoryBudgetMiB: [64],
  seed: [0, 1, 2],
  training: { steps: 60, batchSize: 8, sequenceLength: 24 },
};
console.log(JSON.stringify(sweep, null, 2));

#!/usr/bin/env node
/**
 * Measures edges that nobody observed where half of the interactions are hidden: `node examples/14-recommendation/augmenters.mjs taste.csv`,
 * with the table that taste.mjs makes. Prints recall@20 and nDCG@20 of the test split, as means over three seeds, for each way to make them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate, findMethod, findOptimizer, findRecipe, loadBase, openEngine, train } from '@rankforge/peft';
import { importDataset, openDatasetTask } from '@rankforge/tasks';

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: node examples/14-recommendation/augmenters.mjs FILE.csv');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'taste-'));
const kept = join(folder, 'taste.jsonl');
const mapping = { objective: 'recommendation', user: 'user', item: 'item', time: 'time' };
const split = { by: 'time', validation: 0.1, test: 0.1 };
await importDataset({ source: { path, name: path }, format: 'csv', mapping, split }, kept);
const task = await openDatasetTask('dataset:taste', 'taste', kept);
const data = await task.load({ encode: () => [], sequenceLength: 1 });
rmSync(folder, { recursive: true });

const engine = await openEngine('wasm');
const model = await loadBase(fileURLToPath(new URL('../../models/nano-recommender', import.meta.url)));
const [method, adamw] = [findMethod('full-ft'), findOptimizer('adamw')];
const optimizer = adamw.build(adamw.config.parse({ weightDecay: 1 }));
const arms = [
  ['all interactions', { edges: 0 }],
  ['all interactions, co-occurrence', { edges: 5, augmenter: 'co-occurrence', prune: 0 }],
  ['half hidden', { hide: 0.5, edges: 0 }],
  ...['random', 'popularity', 'co-occurrence'].flatMap((augmenter) =>
    [0, 0.5].map((prune) => [`half hidden, ${augmenter}, prune ${prune}`, { hide: 0.5, edges: 5, augmenter, prune }]),
  ),
  ...[0.5, 0.75, 1].flatMap((accuracy) =>
    [0, 0.5].map((prune) => [
      `half hidden, oracle ${accuracy}, prune ${prune}`,
      { hide: 0.5, edges: 5, augmenter: 'oracle', accuracy, prune },
    ]),
  ),
];
console.log('| edges | recall@20 | of each seed | nDCG@20 |\n| --- | ---: | --- | ---: |');
for (const [name, recipeConfig] of arms) {
  const scores = [];
  for (const seed of [0, 1, 2]) {
    const { adapter } = await train({
      ...{ engine, model, method, config: {}, optimizer, data, recipe: findRecipe('llmrec'), recipeConfig },
      options: { steps: 200, batchSize: 256, learningRate: 0.03, evalEvery: 200, targets: ['tables'], seed },
    });
    scores.push((await evaluate({ model, method, adapter, data, split: 'test' })).metrics);
  }
  const of = (metric) => scores.map((score) => score[metric]);
  const mean = (values) => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
  const each = of('recall@20').map((value) => value.toFixed(3));
  console.log(`| ${name} | ${mean(of('recall@20'))} | ${each.join(', ')} | ${mean(of('ndcg@20'))} |`);
}
model.dispose();

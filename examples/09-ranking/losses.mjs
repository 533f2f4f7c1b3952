#!/usr/bin/env node
/**
 * Measures losses over rows of features: `node examples/09-ranking/losses.mjs FOLDER`, with the folder that features.mjs makes. Of two learning
 * rates the one with the higher nDCG@10 on validation with the first seed is taken. Prints nDCG@10 of the test split of three seeds. Grades
 * that are calibrated from clicks stand beside the grades alone that they are calibrated by: as many queries, of the training split the first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findContender, scoreBaseline } from '@rankforge/evaluators';
import { evaluate, findMethod, findOptimizer, findRecipe, loadBase, openEngine, train } from '@rankforge/peft';
import { importDataset, openDatasetTask } from '@rankforge/tasks';
import { fail } from '../support/command-line.mjs';

const [path] = process.argv.slice(2);
if (path === undefined) fail('usage: node examples/09-ranking/losses.mjs FOLDER');
const folder = mkdtempSync(join(tmpdir(), 'features-'));
const kept = join(folder, 'features.jsonl');
const values = { train: 'train', validation: 'validation', test: 'test' };
await importDataset(
  {
    source: { path, name: path },
    format: 'letor',
    mapping: { objective: 'feature-ranking' },
    split: { by: 'column', column: 'split', values },
  },
  kept,
);
const task = await openDatasetTask('dataset:features', 'features', kept);
const data = await task.load({ encode: () => [], sequenceLength: 1 });
rmSync(folder, { recursive: true });

const engine = await openEngine('wasm');
const model = await loadBase(fileURLToPath(new URL('../../models/nano-ranker', import.meta.url)));
const adamw = findOptimizer('adamw');
const optimizer = adamw.build(adamw.config.parse({}));
const clicks = { lists: 50, shuffle: 2 };
const arms = [
  ['full-ft'],
  ['full-ft', 'ranknet'],
  ['full-ft', 'lambda'],
  ['full-ft', 'hinge'],
  ['full-ft', 'dla', clicks],
  ['full-ft', 'clicks-ips', clicks],
  ['full-ft', 'clicks-naive', clicks],
  ['lora'],
  ['linear-probe'],
  ...[0.02, 0.05, 0.1].flatMap((labelled) => [
    ['full-ft', 'hinge', {}, labelled],
    ['full-ft', 'clicks-calibrated', { ...clicks, leaf: 10, labelled }],
  ]),
];
const [first, ...others] = [0, 1, 2];
const ndcg = 'ndcg@10';

/** @param arm the method, its recipe with a configuration, and the share of the training queries that are seen */
async function trained([name, recipe, recipeConfig, share = 1], learningRate, seed) {
  const method = findMethod(name);
  const seen = { ...data, train: { ...data.train, size: Math.floor(share * data.train.size) } };
  const { adapter, validation } = await train({
    ...{ engine, model, method, config: method.config.parse({}), optimizer, data: seen },
    ...(recipe && { recipe: findRecipe(recipe), recipeConfig }),
    options: { steps: 200, batchSize: 20, learningRate, evalEvery: 200, targets: ['fc_1', 'fc_2', 'fc_3'], seed },
  });
  const { metrics } = await evaluate({ model, method, adapter, data, split: 'test' });
  return { learningRate, chosenBy: validation[ndcg], score: metrics[ndcg] };
}

const row = (name, scores, learningRate) => {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  console.log(
    `| ${name} | ${learningRate} | ${mean.toFixed(4)} | ${scores.map((score) => score.toFixed(4)).join(', ')} |`,
  );
};
console.log('| contender | learning rate | nDCG@10 | of each seed |\n| --- | ---: | ---: | --- |');
for (const arm of arms) {
  const tried = [];
  for (const rate of [0.003, 0.01]) tried.push(await trained(arm, rate, first));
  const best = tried.toSorted((a, b) => b.chosenBy - a.chosenBy)[0];
  const scores = [best.score];
  for (const seed of others) scores.push((await trained(arm, best.learningRate, seed)).score);
  const [, , config, share = config?.labelled] = arm;
  const queries = share === undefined ? '' : `, ${share * data.train.size} queries with grades`;
  row(arm.slice(0, 2).join(' + ') + queries, scores, best.learningRate);
}
const random = findContender('random');
row(
  'random',
  [first, ...others].map(
    (seed) => scoreBaseline({ method: random, config: {}, data, split: 'test', seed }).metrics[ndcg],
  ),
  '–',
);
model.dispose();

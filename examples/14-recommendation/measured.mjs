/** @file Measures recipes on a table of users and items, by the library, without a platform. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluate, findMethod, findOptimizer, findRecipe, loadBase, openEngine, train } from '@rankforge/peft';
import { importDataset, openDatasetTask } from '@rankforge/tasks';
import { fail } from '../support/command-line.mjs';

/**
 * Trains each arm with three seeds on the table that the command line names, and prints recall@20 and nDCG@20 of the test split, as means.
 *
 * @param arms names, with settings of the recipe `llmrec`, and who answers its prompts, where it has any
 */
export async function measured(program, column, arms, { test = 0.1, steps = 200 } = {}) {
  const [path] = process.argv.slice(2);
  if (path === undefined) fail(`usage: node examples/14-recommendation/${program} FILE.csv`);
  const data = await read(path, test);
  const engine = await openEngine('wasm');
  const model = await loadBase(fileURLToPath(new URL('../../models/nano-recommender', import.meta.url)));
  const [method, adamw] = [findMethod('full-ft'), findOptimizer('adamw')];
  const optimizer = adamw.build(adamw.config.parse({ weightDecay: 1 }));
  console.log(`| ${column} | recall@20 | of each seed | nDCG@20 |\n| --- | ---: | --- | ---: |`);
  for (const [name, recipeConfig, answer] of arms) {
    const scores = [];
    for (const seed of [0, 1, 2]) {
      const write = answer && (async (prompts) => ({ texts: prompts.map(answer) }));
      const { adapter } = await train({
        ...{ engine, model, method, config: {}, optimizer, data, recipe: findRecipe('llmrec'), recipeConfig, write },
        options: { steps, batchSize: 256, learningRate: 0.03, evalEvery: steps, targets: ['tables'], seed },
      });
      scores.push((await evaluate({ model, method, adapter, data, split: 'test' })).metrics);
    }
    const of = (metric) => scores.map((score) => score[metric]);
    const mean = (values) => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
    const each = of('recall@20').map((value) => value.toFixed(3));
    console.log(`| ${name} | ${mean(of('recall@20'))} | ${each.join(', ')} | ${mean(of('ndcg@20'))} |`);
  }
  model.dispose();
}

/** @param test share of the last rows that are foretold */
async function read(path, test) {
  const folder = mkdtempSync(join(tmpdir(), 'interactions-'));
  const kept = join(folder, 'table.jsonl');
  const mapping = { objective: 'recommendation', user: 'user', item: 'item', time: 'time' };
  const split = { by: 'time', validation: 0.1, test };
  await importDataset({ source: { path, name: path }, format: 'csv', mapping, split }, kept);
  const task = await openDatasetTask('dataset:table', 'table', kept);
  const data = await task.load({ encode: () => [], sequenceLength: 1 });
  rmSync(folder, { recursive: true });
  return data;
}

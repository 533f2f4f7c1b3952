import { BaseList, MethodList, type MetricView, TaskList, type TaskView } from '@rankforge/contracts';
import type { Command } from 'commander';
import { print } from '../output/print.js';
import { table } from '../output/table.js';
import { baseText } from './base.js';
import { clientOf, optionsOf } from './options.js';

export function addMethodsCommand(program: Command): void {
  program
    .command('methods')
    .description('List methods, optimizers, recipes and federated strategies that a sweep can compare')
    .action(async (_: unknown, command: Command) => {
      const list = await (await clientOf(command)).get('/v1/methods', MethodList);
      print(optionsOf(command), list, () => methodText(list));
    });
}

export function addTasksCommand(program: Command): void {
  program
    .command('tasks')
    .description('List tasks with their metrics, and base models')
    .action(async (_: unknown, command: Command) => {
      const client = await clientOf(command);
      const [tasks, bases] = await Promise.all([client.get('/v1/tasks', TaskList), client.get('/v1/bases', BaseList)]);
      print(optionsOf(command), { ...tasks, ...bases }, () => `${taskText(tasks)}\n\n${baseText(bases)}`);
    });
}

function methodText({ methods, optimizers, strategies, recipes }: MethodList): string {
  const methodTable = table(methods, [
    { title: 'method', value: (method) => method.name },
    { title: 'for', value: (method) => method.kinds.join(', ') },
    { title: 'rank', value: (method) => (method.usesRank ? 'yes' : '') },
    { title: 'trained per layer', value: (method) => method.parameterFormula },
    { title: 'floats in a step', value: (method) => method.memoryFormula },
    { title: 'paper', value: (method) => paper(method.paper) },
  ]);
  const optimizerTable = table(optimizers, [
    { title: 'optimizer', value: (optimizer) => optimizer.name },
    { title: 'rank', value: (optimizer) => (optimizer.usesRank ? 'yes' : '') },
    { title: 'floats of a tensor', value: (optimizer) => optimizer.stateFormula },
    { title: 'paper', value: (optimizer) => paper(optimizer.paper) },
  ]);
  const strategyTable = table(strategies, [
    { title: 'strategy', value: (strategy) => strategy.name },
    { title: 'what it does', value: (strategy) => strategy.summary },
    { title: 'paper', value: (strategy) => paper(strategy.paper) },
  ]);
  const recipeTable = table(recipes, [
    { title: 'recipe', value: (recipe) => recipe.name },
    { title: 'what it does', value: (recipe) => recipe.summary },
    { title: 'for', value: (recipe) => recipe.objectives.join(', ') },
    { title: 'paper', value: (recipe) => paper(recipe.paper) },
  ]);
  return `${methodTable}\n\n${optimizerTable}\n\n${recipeTable}\n\n${strategyTable}`;
}

function paper(cited: MethodList['methods'][number]['paper']): string {
  if (!cited) return '';
  return `${cited.title} (${cited.year}${cited.arxiv ? `, arXiv ${cited.arxiv}` : ''})`;
}

function dataText({ source, dataVersion }: TaskView): string {
  const prepared = dataVersion === undefined ? '' : `, prepared anew as version ${dataVersion}`;
  return `${source.package} ${source.version}${prepared} (${source.licence})`;
}

function taskText({ tasks }: TaskList): string {
  return table(tasks, [
    { title: 'task', value: (task) => task.name },
    { title: 'objective', value: (task) => task.objective },
    { title: 'primary metric', value: ({ primaryMetric }) => metricText(primaryMetric) },
    { title: 'data', value: dataText },
    { title: 'description', value: (task) => task.description },
  ]);
}

/** A metric with its direction and the values that it can have, as far as they are bounded. */
function metricText({ name, direction, range: [lowest, highest] }: MetricView): string {
  const bounds = [lowest === null ? '' : `from ${lowest}`, highest === null ? '' : `to ${highest}`].filter(Boolean);
  return `${name} (${[direction, bounds.join(' ')].filter(Boolean).join(', ')})`;
}

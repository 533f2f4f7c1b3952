import { resolve, sep } from 'node:path';
import {
  type CreateSweep,
  commandFacts,
  defaultRanks,
  type MemoryByPart,
  MIB,
  needsShell,
  placeholdersOf,
} from '@rankforge/contracts';
import { type Method, untrainedNames, weighing } from '@rankforge/peft';
import { z } from 'zod';
import { baseOfScript, taskOfScript } from '../../catalog/own-script.js';
import type { KindPlanning } from './kind.js';

/** Fields of a method's entry that are for trainings of this library. */
const foreign = [
  'optimizerConfig',
  'strategy',
  'strategyConfig',
  'recipe',
  'recipeConfig',
  'clientRanks',
  'from',
  'teacher',
] as const;

type Add = (path: string, message: string) => void;

/** A program of the request runs with each configuration, which its words and a file tell it. */
export const command: KindPlanning = {
  own(request, known, add) {
    const { objective, task, base } = request;
    if (!task.startsWith('command:')) add('/task', `a script reads what it will: give it a name, as command:reviews`);
    if (!objective) add('/objective', 'say by which metric of result.json, and whether to minimize or maximize it');
    const metric = objective && { name: objective.metric, direction: objective.direction };
    const first = known?.primaryMetric;
    if (first && metric && (first.name !== metric.name || first.direction !== metric.direction)) {
      add('/objective', `sweeps of ${task} are by ${first.name}, to ${first.direction}: choose that, or another name`);
    }
    return {
      task: taskOfScript(task, metric ?? { name: 'accuracy' }),
      base: baseOfScript(base),
      method: (index) => methodOf(request, index),
    };
  },
  check(request, add, _task, { commandFolders }) {
    checkAllowed(request, commandFolders, add);
    checkWords(request, add);
    for (const name of ['scheduler', 'limits', 'on'] as const) {
      if (request[name] !== undefined)
        add(`/${name}`, 'nothing is known of a script before it has ended: leave it out');
    }
    if (request.training.microBatch !== undefined)
      add('/training/microBatch', 'nobody predicts what a script holds: leave it out');
  },
  spec: ({ command: words, folder }) => ({ command: { words: [...words!], folder: resolve(folder!) } }),
  predicted: (budget) => weighing(Math.floor(budget.memoryBudgetMiB * MIB)) as MemoryByPart,
};

function checkAllowed({ folder }: CreateSweep, allowed: readonly string[], add: Add): void {
  if (allowed.length === 0) {
    add(
      '/kind',
      'this installation runs no commands: an administrator lists folders in RANKFORGE_COMMAND_FOLDERS, see docs/own-script.md',
    );
  } else if (folder === undefined) {
    add('/folder', `say in which folder it runs, in one of ${allowed.join(', ')}`);
  } else if (!allowed.some((root) => isWithin(folder, root))) {
    add('/folder', `${folder} is in none of the folders in which commands may run: ${allowed.join(', ')}`);
  }
}

/** @example isWithin('/data/scripts/mine', '/data/scripts') // true */
const isWithin = (folder: string, root: string): boolean =>
  folder.startsWith('/') && (resolve(folder) + sep).startsWith(resolve(root).replace(/\/?$/, sep));

function checkWords({ command: words, methods, rank, learningRate }: CreateSweep, add: Add): void {
  if (!words) {
    add('/command', 'say the program and its arguments, e.g. ["python", "train.py", "--lr", "{learningRate}"]');
    return;
  }
  const shell = needsShell(words);
  if (shell !== undefined) add('/command', shell);
  const named = placeholdersOf(words);
  const facts: readonly string[] = commandFacts;
  for (const [index, entry] of methods.entries()) {
    const at = `/methods/${index}`;
    const settings = Object.keys(entry.config);
    if (untrainedNames.includes(entry.name))
      add(`${at}/name`, `${entry.name} is a method that trains nothing: give it another name`);
    for (const setting of settings.filter((name) => facts.includes(name)))
      add(`${at}/config/${setting}`, `{${setting}} is a fact of every trial: give the setting another name`);
    const unknown = named.filter((name) => !facts.includes(name) && !settings.includes(name));
    for (const name of unknown) {
      const known = [...settings, ...facts].map((each) => `{${each}}`).join(', ');
      const place = words.findIndex((word) => placeholdersOf([word]).includes(name));
      add(
        `/command/${place}`,
        `{${name}} is no setting of ${entry.name}: add it to ${at}/config, or use one of ${known}`,
      );
    }
    for (const field of foreign) {
      if (JSON.stringify(entry[field] ?? {}) !== '{}')
        add(`${at}/${field}`, 'a script decides it: make it a setting in config');
    }
    if (rank === 'max' || entry.rank === 'max') add('/rank', 'nobody predicts what a script holds: list ranks');
    if (named.includes('learningRate') && learningRate === undefined && entry.learningRate === undefined)
      add('/learningRate', 'the command names {learningRate}: list values, or give a range');
  }
}

/** The method of an entry: a name, and settings of any name. */
function methodOf({ command: words = [], rank, methods }: CreateSweep, index: number): Method {
  const { name, rank: own } = methods[index]!;
  const usesRank =
    placeholdersOf(words).includes('rank') ||
    own !== undefined ||
    JSON.stringify(rank) !== JSON.stringify(defaultRanks);
  return {
    name,
    title: name,
    summary: 'What a script makes of it.',
    evidence: { level: 'full' },
    purposes: [],
    parameterFormula: '0',
    memoryFormula: '0',
    config: z.record(z.string(), z.unknown()),
    usesRank,
    startsAtBase: true,
    learningRates: [1],
  };
}

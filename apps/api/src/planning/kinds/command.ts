import { resolve, sep } from 'node:path';
import {
  type CreateSweep,
  commandFacts,
  defaultRanks,
  type MemoryByPart,
  MIB,
  needsShell,
  placeholdersOf,
  presetFact,
  usualOptimizer,
} from '@rankforge/contracts';
import { evaluatorNames } from '@rankforge/evaluators';
import {
  methods as library,
  type Method,
  PresetError,
  renderPreset,
  UnknownNameError,
  weighing,
} from '@rankforge/peft';
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
    checkPreset(request, add);
    for (const name of ['scheduler', 'limits', 'on'] as const) {
      if (request[name] !== undefined)
        add(`/${name}`, 'nothing is known of a script before it has ended: leave it out');
    }
    if (request.training.microBatch !== undefined)
      add('/training/microBatch', 'nobody predicts what a script holds: leave it out');
  },
  spec: ({ command: words, folder, preset }) => ({
    command: { words: [...words!], folder: resolve(folder!), ...(preset && { preset }) },
  }),
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

function checkWords({ command: words, preset, methods, rank, learningRate }: CreateSweep, add: Add): void {
  if (!words) {
    const instead = preset
      ? `${preset.tool} scores no examples of a test set: say a program that does, e.g. ["python", "score.py", "{output}"]`
      : 'say the program and its arguments, e.g. ["python", "train.py", "--lr", "{learningRate}"]';
    add('/command', instead);
    return;
  }
  const shell = needsShell(words);
  if (shell !== undefined) add('/command', shell);
  const named = placeholdersOf(words);
  const facts: readonly string[] = preset ? [...commandFacts, presetFact] : commandFacts;
  for (const [index, entry] of methods.entries()) {
    const at = `/methods/${index}`;
    const settings = Object.keys(entry.config);
    if (evaluatorNames.includes(entry.name))
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
    if ((preset || named.includes('learningRate')) && learningRate === undefined && entry.learningRate === undefined) {
      const who = preset ? `${preset.tool} is told one` : 'the command names {learningRate}';
      add('/learningRate', `${who}: list values, or give a range`);
    }
  }
}

/** Renders the file of each method once, to say here what no trial could. */
function checkPreset({ preset, methods, training }: CreateSweep, add: Add): void {
  if (!preset) return;
  if (training.steps === undefined) add('/training/steps', `say how many steps ${preset.tool} makes`);
  const told = { learningRate: 1, steps: 1, seed: 0, output: 'output' };
  for (const [index, { name: method, config, optimizer }] of methods.entries()) {
    if (optimizer !== undefined && optimizer !== usualOptimizer)
      add(`/methods/${index}/optimizer`, `say it in settings of ${preset.tool}, by the name that it has there`);
    try {
      renderPreset({ ...preset, ...told, method, config: firstOf(config) });
    } catch (error) {
      if (error instanceof UnknownNameError) add(`/methods/${index}/name`, error.message);
      else if (error instanceof PresetError) add(placeIn(index, error), error.message);
      else throw error;
    }
  }
}

/** Settings with the first value of each axis. */
const firstOf = (config: CreateSweep['methods'][number]['config']) =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]));

const placeIn = (index: number, { field }: PresetError): string =>
  field === 'settings' ? '/preset/settings' : `/methods/${index}/${field === 'method' ? 'name' : 'config'}`;

/** The method of an entry: a name, and settings of any name. */
function methodOf({ command: words = [], preset, rank, methods }: CreateSweep, index: number): Method {
  const { name, rank: own } = methods[index]!;
  const usesRank =
    (preset !== undefined && hasRank(name)) ||
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

/** Whether a method of this library has a rank; none has one that is not known. */
const hasRank = (name: string): boolean =>
  !evaluatorNames.includes(name) && (library.find((each) => each.name === name)?.usesRank ?? false);

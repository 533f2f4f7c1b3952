/** @file A script that is not of this project: the words of its command, and the file that it leaves. */
import { z } from 'zod';
import { JsonObject, text } from './bounds.js';

/** Words of a command, each an argument as it stands: no shell reads them. */
export const CommandWords = z.array(text(4096)).min(1).max(256);

/** Tools that are started on a file that each trial renders. */
export const presetTools = ['axolotl', 'llamafactory'] as const;

export const CommandPreset = z
  .strictObject({
    tool: z.enum(presetTools).meta({ description: 'Its command is on the PATH of the worker.' }),
    settings: JsonObject.meta({
      description:
        'Keys of its YAML, e.g. base and data. Method, rank, learning rate, steps and seed come from the trial.',
    }),
  })
  .meta({ id: 'CommandPreset', description: 'A tool that trains each configuration, before the command scores it.' });
export type CommandPreset = z.infer<typeof CommandPreset>;

/** The words of the command of a trial, and the folder in which it runs. */
export const TrialCommand = z
  .strictObject({
    words: CommandWords,
    folder: z.string().min(1).max(4096),
    preset: CommandPreset.optional(),
  })
  .meta({
    id: 'TrialCommand',
    description: 'The program that a trial runs, with its placeholders, and the folder it runs in.',
  });
export type TrialCommand = z.infer<typeof TrialCommand>;

/** Facts of a trial that a command may name beside the settings of its method. */
export const commandFacts = [
  'method',
  'optimizer',
  'rank',
  'learningRate',
  'seed',
  'steps',
  'memoryBudgetMiB',
  'trial',
  'workdir',
  'result',
] as const;
export type CommandFact = (typeof commandFacts)[number];

/** The fact that a command has behind a preset: the folder that the tool wrote to. */
export const presetFact = 'output';

/** `{name}`; a brace that is doubled stands for itself. */
const placeholder = /\{\{|\}\}|\{([A-Za-z_][\w.-]*)\}/g;

/**
 * Names between braces in the words of a command, each once.
 * @example placeholdersOf(['--lr', '{learningRate}']) // ['learningRate']
 */
export const placeholdersOf = (words: readonly string[]): string[] => [
  ...new Set(words.flatMap((word) => [...word.matchAll(placeholder)].flatMap(([, name]) => name ?? []))),
];

/**
 * The words with values in the place of their names.
 * @throws Error naming a placeholder that has no value
 * @example filledWords(['--lr', '{learningRate}'], { learningRate: 0.1 }) // ['--lr', '0.1']
 */
export const filledWords = (words: readonly string[], values: Readonly<Record<string, unknown>>): string[] =>
  words.map((word) =>
    word.replace(placeholder, (whole, name: string | undefined) => {
      if (name === undefined) return whole[0]!;
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined || value === null)
        throw new Error(`the command names {${name}}, which this trial has no value of`);
      return String(value);
    }),
  );

/** Words by which a command asks for a shell. */
const ofShell = /^(?:&&|\|\|?|;|&|[0-9]?>{1,2}(?:&[0-9])?|<{1,2}|2>&1)$/;

/**
 * Why the words of a command need a shell, which none gets; undefined where they do not.
 * @example needsShell(['python train.py']) // '"python train.py" is several words: …'
 */
export function needsShell([program = '', ...words]: readonly string[]): string | undefined {
  if (/\s/.test(program))
    return `"${program}" is no program: a command is a list with a word in each place, e.g. ["python", "train.py"], and no shell splits it`;
  const found = words.find((word) => ofShell.test(word));
  return found === undefined
    ? undefined
    : `"${found}" is for a shell, and none runs: name one program, or a script of yours that does both`;
}

/** Bytes of a `result.json`. */
export const largestCommandResult = 64 * 1024 * 1024;

const Name = z.string().min(1).max(64);
const Finite = z.number();
const Scores = z.record(Name, Finite);

/** Everything that a command leaves in the file that `RANKFORGE_RESULT` names. */
export const CommandResult = z
  .object({
    attempt: z
      .string()
      .optional()
      .meta({ description: 'The number in `RANKFORGE_ATTEMPT`, where the script repeats it.' }),
    validation: Scores.meta({ description: 'Scores by metric; that of the objective chooses the configuration.' }),
    test: z.record(Name, z.array(Finite).min(2).max(1_000_000)).default({}).meta({
      description:
        'The score of each example of the test set by metric, in one order for all trials: 0 or 1 for accuracy. Read once the configuration was chosen.',
    }),
    peakBytes: z.int().min(0).optional().meta({ description: 'Most bytes of a card that it held, where it knows.' }),
    trainableParameters: z.int().min(0).optional(),
    steps: z.int().min(0).optional().meta({ description: 'Optimizer steps that it made.' }),
    adapter: z
      .string()
      .max(4096)
      .optional()
      .meta({ description: 'A folder under the working folder, as peft writes it.' }),
  })
  .meta({ id: 'CommandResult' });
export type CommandResult = z.infer<typeof CommandResult>;

/** @file The effect of a sweep's settings: the validation score of each configuration, and how much each setting mattered. */
import { z } from 'zod';
import { wholeText } from './bounds.js';
import { Id } from './common.js';
import { contenderFields, contenderName } from './contender.js';
import { edgeText, GridEdge } from './leaderboard.js';
import { settingTitle } from './training-extent.js';

export const SettingsQuery = z.strictObject({
  steps: wholeText(1).optional().meta({
    description: 'Scores of trainings that a scheduler ended at this step, one of `budgets`. Default: whole trainings.',
  }),
});
export type SettingsQuery = z.infer<typeof SettingsQuery>;

const SettingValue = z.union([z.number(), z.string(), z.boolean()]);
export type SettingValue = z.infer<typeof SettingValue>;

/** How far trainings went that may be compared with each other. */
export const SettingsBudget = z.object({
  steps: z.number().int().meta({ description: 'Optimizer steps.' }),
  fewest: z.number().int().optional().meta({
    description: 'The fewest steps of whole trainings, where steps are a setting; `steps` are the most.',
  }),
  whole: z.boolean().meta({ description: 'Trainings to the last step; others ended at a rung of a scheduler.' }),
  validationExamples: z
    .number()
    .int()
    .optional()
    .meta({ description: 'Examples of the validation split that they were judged by. Absent: all of them.' }),
  trainings: z.number().int().meta({ description: 'With a score there, of the configurations that are listed.' }),
});
export type SettingsBudget = z.infer<typeof SettingsBudget>;

export const settingOutcomes = ['scored', 'stopped', 'over-budget', 'failed', 'unscored', 'cancelled', 'open'] as const;
export type SettingOutcome = (typeof settingOutcomes)[number];

/** One training of a configuration. */
export const SettingsTraining = z.object({
  trialId: Id,
  seed: z.number().int(),
  outcome: z.enum(settingOutcomes).meta({
    description:
      '`stopped`: a scheduler trained it no further than `step`. `unscored`: its score is no finite number. `open`: it may still run.',
  }),
  score: z.number().nullable().meta({ description: 'Validation value of the objective, where it was scored.' }),
  step: z.number().int().meta({ description: 'Optimizer steps done.' }),
  judging: z.boolean().meta({
    description: 'It judges what was chosen before, with a fresh seed: it is no part of the mean.',
  }),
});
export type SettingsTraining = z.infer<typeof SettingsTraining>;

export const SettingsConfiguration = z.object({
  method: z.number().int().meta({ description: 'Its place in `methods`.' }),
  values: z.record(z.string(), SettingValue).meta({
    description: 'By the name of the setting; a setting that its method does not have is left out.',
  }),
  mean: z.number().nullable().meta({ description: 'Mean score over its seeds that tuned; null where none is scored.' }),
  trainings: z.array(SettingsTraining),
});
export type SettingsConfiguration = z.infer<typeof SettingsConfiguration>;

export const SettingImportance = z.object({
  name: z.string().meta({ description: 'A setting, or `method` over all methods.' }),
  share: z.number().meta({ description: 'Its part of the importance of all settings, by PED-ANOVA.' }),
  low: z.number(),
  high: z.number(),
  pValue: z.number().meta({
    description: 'How often an importance as large came about where scores were dealt to configurations at random.',
  }),
});
export type SettingImportance = z.infer<typeof SettingImportance>;

export const SettingsImportance = z.object({
  method: z.number().int().nullable().meta({ description: 'Its place in `methods`; null: over all of them.' }),
  configurations: z.number().int().meta({
    description:
      'With a score of as many seeds as the fullest of their method; where the answer is `sampled`, of those that were drawn.',
  }),
  settings: z.array(SettingImportance).meta({
    description: 'Largest first. Empty where there are fewer configurations than `least`.',
  }),
});
export type SettingsImportance = z.infer<typeof SettingsImportance>;

export const SweepSettings = z
  .object({
    metric: z.string(),
    direction: z.enum(['minimize', 'maximize']),
    budget: SettingsBudget.meta({ description: 'How far the trainings went whose scores these are.' }),
    budgets: z.array(SettingsBudget).meta({ description: 'Every budget of the sweep, the smallest first.' }),
    settings: z
      .array(
        z.object({
          name: z.string().meta({
            description:
              'As a sweep names it: `learningRate`, `rank`, `training.steps`, `config.<field>`, `optimizerConfig.<field>`, `recipeConfig.<field>` or `strategyConfig.<field>`.',
          }),
          scale: z.enum(['log', 'linear', 'list']).meta({ description: '`list`: its values have no order.' }),
        }),
      )
      .meta({ description: 'Settings that take several values within a method.' }),
    methods: z.array(
      z.object({
        ...contenderFields,
        scenario: z.string().optional().meta({ description: 'Of a federation.' }),
        chosen: z.number().int().nullable().meta({
          description:
            'Place in `configurations` of the best of its whole trainings, as the board chooses. Null where none has a score, and where each configuration is a row of the board.',
        }),
        edges: z.array(GridEdge).meta({ description: 'Settings of which the chosen value is the outermost tried.' }),
      }),
    ),
    configurations: z.array(SettingsConfiguration),
    total: z.number().int().meta({ description: 'Configurations of the sweep, with whatever budget.' }),
    sampled: z.boolean().meta({
      description: 'It has more than are listed: a random sample, and the best of each method with it.',
    }),
    importance: z.object({
      least: z.number().int().meta({
        description: 'Configurations below which nothing is said: the order of settings would mostly be chance.',
      }),
      confidence: z.number().meta({ description: 'Of the intervals.' }),
      groups: z.array(SettingsImportance).meta({ description: 'Over all methods first, where there are several.' }),
    }),
  })
  .meta({ id: 'SweepSettings' });
export type SweepSettings = z.infer<typeof SweepSettings>;

/**
 * Names of settings for people: a field of a configuration without its part, where no other setting is called so.
 * @example settingLabels(['learningRate', 'config.alpha']) // { learningRate: 'learning rate', 'config.alpha': 'alpha' }
 */
export function settingLabels(names: readonly string[]): Record<string, string> {
  const field = (name: string) => name.slice(name.indexOf('.') + 1);
  const label = (name: string) => {
    if (!name.includes('.')) return settingTitle(name);
    return names.filter((other) => field(other) === field(name)).length > 1 ? name : field(name);
  };
  return Object.fromEntries(names.map((name) => [name, label(name)]));
}

/** A p-value up to which an importance is told from what chance alone makes. */
const tellingP = 0.05;

/** Whether an importance is more than chance makes. */
export const isTold = ({ pValue }: Pick<SettingImportance, 'pValue'>): boolean => pValue <= tellingP;

interface NoticeOf {
  importance: Pick<SweepSettings['importance'], 'least' | 'confidence'>;
  sampled: boolean;
}

/** Over how many configurations importances were computed, and what can be said of them. */
export function importanceNotice(
  { configurations, settings }: SettingsImportance,
  { importance: { least, confidence }, sampled }: NoticeOf,
): string {
  if (configurations < least) {
    return `${count(configurations, 'configuration')} with a score by every seed. From ${least} on the settings are ranked by how much they mattered; of fewer, these are the means by value.`;
  }
  const told = settings.filter(isTold).length;
  const of =
    told === settings.length ? '' : ` ${told} of ${settings.length} are more than chance makes (p ≤ ${tellingP}).`;
  const drawn = sampled ? ' of those that were drawn' : '';
  return `By the best tenth of ${configurations} configurations${drawn}; lines are ${confidence * 100} % intervals.${of}`;
}

/** Says which configurations are listed, where these are not all. */
export const drawnNotice = ({
  configurations,
  total,
  sampled,
}: Pick<SweepSettings, 'configurations' | 'total' | 'sampled'>): string | undefined =>
  sampled
    ? `${configurations.length} of ${total} configurations: a random sample, and the best of each method.`
    : undefined;

const count = (of: number, what: string) => `${of} ${what}${of === 1 ? '' : 's'}`;

/** How far trainings went, for people. @example budgetText({ steps: 50, whole: false }) // '50 steps, a rung' */
export const budgetText = ({
  steps,
  fewest = steps,
  whole,
  validationExamples,
}: Omit<SettingsBudget, 'trainings'>): string =>
  [
    fewest < steps ? `${fewest} to ${count(steps, 'step')}` : count(steps, 'step'),
    ...(whole ? [] : ['a rung']),
    ...(validationExamples === undefined ? [] : [`judged by ${count(validationExamples, 'example')}`]),
  ].join(', ');

/** The mean score of a method at one value of a setting. */
export interface ValueMean {
  method: number;
  value: SettingValue;
  mean: number;
  /** Configurations that it is the mean of. */
  configurations: number;
}

/** For each method, the mean over the configurations that have each value of a setting; numbers ascending. */
export function meansByValue(configurations: readonly SettingsConfiguration[], setting: string): ValueMean[] {
  const found = new Map<string, ValueMean>();
  for (const { method, values, mean } of configurations) {
    const value = values[setting];
    if (value === undefined || mean === null) continue;
    const key = JSON.stringify([method, value]);
    const before = found.get(key) ?? { method, value, mean: 0, configurations: 0 };
    const sum = before.mean * before.configurations + mean;
    const further = before.configurations + 1;
    found.set(key, { ...before, mean: sum / further, configurations: further });
  }
  return [...found.values()].sort((a, b) => a.method - b.method || compareValues(a.value, b.value));
}

/** Orders values of a setting: numbers by size, others by their letters. */
export function compareValues(a: SettingValue, b: SettingValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

/** A method of the answer for people, with its scenario. */
export const settingsMethodName = ({ scenario, ...method }: SweepSettings['methods'][number]): string =>
  scenario === undefined ? contenderName(method) : `${contenderName(method)} · ${scenario}`;

/** Advice about a chosen value that is the outermost of those tried. @example edgeAdvice(edge) // 'rank 16 is the highest tried: widen' */
export const edgeAdvice = (edge: GridEdge): string =>
  `${edgeText(edge)}: ${edge.side === 'only' ? 'try others' : 'widen'}`;

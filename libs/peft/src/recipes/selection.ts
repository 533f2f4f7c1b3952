/** @file Parts that recipes share which train on a share of the examples, chosen for a target. */
import { z } from 'zod';
import type { ExampleFormName } from '../objectives/examples.js';
import { answersWithClass } from '../objectives/outputs.js';
import type { RecipeRequest, SelectPart, SelectSettings } from './recipe.js';

export const shareField = {
  share: z.number().gt(0).max(1).default(0.2).describe('Share of the training examples that is trained on'),
};

export const candidatesField = {
  candidates: z.int().min(1).optional().describe('Training examples that are looked at, drawn at random; omitted: all'),
};

export const targetFields = {
  targets: z.int().min(1).default(200).describe('Most examples of the target, drawn at random'),
  targetClass: z
    .int()
    .min(0)
    .optional()
    .describe('The target is the examples of the validation split of this class; omitted: of every class'),
  targetField: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A field of the examples, such as their source, that has targetValue in those of the target; omitted: any',
    ),
  targetValue: z.string().optional().describe('The value of targetField in examples of the target'),
};

export const gradientFields = {
  ...shareField,
  ...candidatesField,
  ...targetFields,
  directions: z
    .int()
    .min(2)
    .max(2048)
    .default(128)
    .describe('Random directions that gradients are projected on, at most a fourth of the examples that are looked at'),
  warmup: z
    .int()
    .min(0)
    .default(0)
    .describe('Steps of a training of its own, on all examples, after which gradients are taken; 0: before the first'),
};

type Settings = z.output<z.ZodObject<typeof gradientFields>>;

/** Says why a target cannot be one of a task. */
function unfitTarget(
  { objective, classes }: RecipeRequest,
  { targetClass, targetField, targetValue }: Partial<Settings>,
): string | undefined {
  if ((targetField === undefined) !== (targetValue === undefined)) {
    return `is given ${targetField === undefined ? 'targetValue without targetField' : 'targetField without targetValue'}: give both, or neither`;
  }
  if (targetClass === undefined) return undefined;
  if (!answersWithClass(objective)) {
    return `has class ${targetClass} as its target, and the objective ${objective.name} has none: leave targetClass out`;
  }
  if (classes === undefined || targetClass < classes) return undefined;
  return `has class ${targetClass} as its target, and the task has classes 0 to ${classes - 1}: choose one of these, or leave targetClass out`;
}

/** Says why gradients of single examples of both sides cannot be taken, or the target cannot be one. */
export function needsOwnLosses(request: RecipeRequest, config: Partial<Settings>): string | undefined {
  const { name, sumsOver, examples } = request.objective;
  if (sumsOver === 'batch') {
    return `takes the gradient of one example at a time, and in the objective ${name} the others of a batch are a part of its loss: choose another recipe`;
  }
  return examples === 'interactions'
    ? `takes the gradients of validation examples, and those of the objective ${name} are users without an item, which have no loss: choose another recipe`
    : unfitTarget(request, config);
}

/** Forms of examples that have no tokens. */
const withoutTokens: ReadonlySet<ExampleFormName> = new Set(['images', 'fields', 'interactions', 'features']);

/** Says why texts cannot be compared, or the target cannot be one. */
export function needsTexts(request: RecipeRequest, config: Partial<Settings>): string | undefined {
  const { name, examples } = request.objective;
  return withoutTokens.has(examples)
    ? `compares the tokens of texts, and examples of the objective ${name} are ${examples}: choose another recipe`
    : unfitTarget(request, config);
}

/** How many are chosen, among which, and for what. */
export const settingsOf = (config: Partial<Settings>): SelectSettings => ({
  share: config.share,
  candidates: config.candidates,
  targets: config.targets,
  class: config.targetClass,
  field: config.targetField === undefined ? undefined : { name: config.targetField, value: config.targetValue! },
});

/** Gradients in so many random directions that whitening leaves something of them: as many as examples would make all alike. */
export const projected: Pick<SelectPart<Settings>, 'settings' | 'directions' | 'warmup'> = {
  settings: settingsOf,
  directions: ({ directions }, examples) => Math.max(1, Math.min(directions, Math.floor(examples / 4))),
  warmup: ({ warmup }) => warmup,
};

/** @file Fields and parts that recipes share which search for the worst within a ball around activations. */
import { z } from 'zod';
import { hasClassHead } from '../objectives/outputs.js';
import type { PerturbPart, RecipeRequest } from './recipe.js';

export const searchFields = {
  radius: z
    .number()
    .min(0)
    .default(1)
    .describe('The most that is added to a token, by its length; 0: training is plain'),
  innerSteps: z.int().min(1).max(100).default(8).describe('Steps of the search for the worst'),
  rate: z.number().positive().default(0.25).describe('Length of a step of the search, as a share of the radius'),
  weight: z.number().gt(0).max(1).default(0.5).describe('Share of the perturbed loss; the plain one has the rest'),
};

export interface SearchConfig {
  radius: number;
  innerSteps: number;
  rate: number;
  weight: number;
  toward?: number | undefined;
}

/** @param places where something is added */
export const searchWithin = <Config extends SearchConfig>(
  places: PerturbPart<Config>['places'],
): PerturbPart<Config> => ({
  places,
  radius: ({ radius }) => radius,
  steps: ({ innerSteps }) => innerSteps,
  rate: ({ rate }) => rate,
  toward: ({ toward }) => toward,
  weight: ({ weight }) => weight,
});

/** Says why nothing can be searched towards a class. */
export function needsClass({ objective, classes }: RecipeRequest, toward: number | undefined): string | undefined {
  if (toward === undefined) return undefined;
  if (!hasClassHead(objective))
    return `searches toward class ${toward}, and the objective ${objective.name} has none: leave toward out`;
  return classes !== undefined && toward >= classes
    ? `searches toward class ${toward}, and the task has classes 0 to ${classes - 1}: choose one of these, or leave toward out`
    : undefined;
}

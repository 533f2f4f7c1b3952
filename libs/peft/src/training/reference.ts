/** @file Which trainings hold the values that their trained tensors had before. */
import type { PlanOptions } from './plan-options.js';

/** A penalty compares outputs with those of the model before training, or documents stay as that encodes them. */
export const keepsReference = ({ method, recipe }: Pick<PlanOptions, 'method' | 'recipe'>): boolean =>
  method.outputPenalty?.against.includes('reference') === true || recipe?.recipe.fixed !== undefined;

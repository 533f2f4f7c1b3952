/** @file Options of a training that have nothing to act on in a trial. */
import type { Objective } from '../../objectives/objective.js';
import { findObjective } from '../../objectives/registry.js';
import { unitRowsOf } from '../../recipes/recipe.js';
import type { Rule } from './rule.js';

export const optionRules: readonly Rule[] = [
  {
    field: 'normEvery',
    broken({ method: { name, weight }, normEvery }) {
      if (normEvery === undefined || weight?.lowRank || weight?.lowRankDirection) return undefined;
      return `normEvery ${normEvery} measures low-rank updates, as LoRA's and DoRA's, and those of ${name} are none: leave normEvery out, or choose a method whose updates are`;
    },
  },
  {
    field: 'checkpointing',
    broken: ({ optimizer, checkpointing = 'none' }) =>
      optimizer?.estimator && checkpointing !== 'none'
        ? `checkpointing ${checkpointing} runs blocks again in the backward pass, and the optimizer makes none: leave checkpointing out, or choose an optimizer that makes gradients`
        : undefined,
  },
  {
    field: 'accumulate',
    broken: ({ objective, accumulate = 1 }) =>
      objective === undefined ? undefined : unaccumulable(findObjective(objective), accumulate),
  },
  {
    field: 'batchSize',
    broken({ objective, batchSize, unitRows, steps, recipe }) {
      if (objective === undefined || steps === 0 || batchSize !== 1 || unitRows === undefined) return undefined;
      const { name, sumsOver } = findObjective(objective);
      // A query and its document alone.
      if (sumsOver === 'units' || recipe?.recipe.fixed || unitRowsOf(recipe, unitRows) > 2) return undefined;
      return `batchSize is 1, and no query has negatives of its own: ${name} compares a query with the other documents of its batch, and here are none, so that its loss is 0 whatever is trained. Set batchSize to 2 or more, give queries negatives, or take a recipe that finds some`;
    },
  },
  {
    field: 'headLearningRate',
    broken({ classes, headLearningRate }) {
      if (headLearningRate === undefined || classes !== undefined) return undefined;
      return `headLearningRate is ${headLearningRate}, and no head is made for the task: leave headLearningRate out`;
    },
  },
];

/** Why batches of an objective cannot be accumulated, for people; undefined where they can, or a step has one. */
export function unaccumulable({ name, sumsOver }: Objective, accumulate: number): string | undefined {
  if (sumsOver === 'units' || accumulate === 1) return undefined;
  return `accumulate ${accumulate} adds up the losses of batches, and the loss of ${name} compares the units of a batch with each other: set accumulate to 1`;
}

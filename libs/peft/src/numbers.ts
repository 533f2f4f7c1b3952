import { type NumbersOf, type Optimizer, trainsNothing } from './method.js';
import { findObjective } from './objectives/registry.js';
import { bySpaces } from './text/segmenter.js';
import { planTrial } from './training/plan.js';
import type { PlanOptions } from './training/plan-options.js';

/** A trial, by what its numbers follow from. */
export interface NumberedTrial {
  plan: PlanOptions;
  /** Absent where nothing is trained. */
  optimizer?: { optimizer: Optimizer; config: unknown } | undefined;
  /** How clients train together, if they do: the version of its numbers follows from its configuration. */
  strategy?: { strategy: { numbers?(of: NumbersOf<unknown>): number }; config: unknown } | undefined;
  /** Name of the segmenter of the data. Default: `spaces`. */
  segmenter?: string | undefined;
  /** Version of the ids of the base's tokenizer. Default: 1. */
  tokenizer?: number | undefined;
}

/**
 * Versions of the numbers of a trial's parts, where they are not the first: `{ method: 2 }`. Two trials whose specs are alike and whose
 * versions are not have other numbers.
 */
export function numbersOf({ plan, optimizer, strategy, segmenter, tokenizer }: NumberedTrial): Record<string, number> {
  const { method, recipe, objective, starts = false } = plan;
  const facts = {
    starts,
    segmenter: segmenter ?? bySpaces.name,
    parameters: () => (trainsNothing(method) ? [] : planTrial(plan).info),
  };
  const versions = {
    method: method.numbers?.({ ...facts, config: plan.config }),
    optimizer: optimizer?.optimizer.numbers?.({ ...facts, config: optimizer.config }),
    strategy: strategy?.strategy.numbers?.({ ...facts, config: strategy.config }),
    recipe: recipe?.recipe.numbers?.({ ...facts, config: recipe.config }),
    objective: objective && findObjective(objective).numbers?.({ ...facts, config: undefined }),
    tokenizer,
  };
  return Object.fromEntries(
    Object.entries(versions).flatMap(([part, version = 1]) => (version > 1 ? [[part, version]] : [])),
  );
}

import type { NumbersOf, Optimizer } from './method.js';
import { findObjective, type ObjectiveName } from './objectives/registry.js';
import { bySpaces } from './text/segmenter.js';
import { planTrial } from './training/plan.js';
import type { PlanOptions } from './training/plan-options.js';

interface NumberedStrategy {
  /** @param share of the clients that take part in a round */
  numbers?(of: NumbersOf<unknown>, share: number): number;
}

/** What is scored where nothing is trained. */
interface Evaluated {
  evaluator: { numbers?(of: NumbersOf<unknown>): number };
  config: unknown;
  objective: ObjectiveName;
}

/** A trial, by what its numbers follow from. */
export interface NumberedTrial {
  /** Absent where nothing is trained. */
  plan?: PlanOptions;
  /** Absent where something is. */
  evaluated?: Evaluated;
  /** Absent where nothing is trained. */
  optimizer?: { optimizer: Optimizer; config: unknown } | undefined;
  /** How clients train together, if they do: the version of its numbers follows from its configuration. */
  strategy?: { strategy: NumberedStrategy; config: unknown; share: number } | undefined;
  /** Name of the segmenter of the data. Default: `spaces`. */
  segmenter?: string | undefined;
  /** Version of the ids of the base's tokenizer. Default: 1. */
  tokenizer?: number | undefined;
}

/**
 * Versions of the numbers of a trial's parts, where they are not the first: `{ method: 2 }`. Two trials whose specs are alike and whose
 * versions are not have other numbers.
 */
export function numbersOf({
  plan,
  evaluated,
  optimizer,
  strategy,
  segmenter,
  tokenizer,
}: NumberedTrial): Record<string, number> {
  const facts = {
    starts: plan?.starts ?? false,
    segmenter: segmenter ?? bySpaces.name,
    parameters: () => (plan ? planTrial(plan).info : []),
  };
  const { recipe } = plan ?? {};
  const objective = (plan ?? evaluated)?.objective;
  const versions = {
    method:
      plan?.method.numbers?.({ ...facts, config: plan.config }) ??
      evaluated?.evaluator.numbers?.({ ...facts, config: evaluated.config }),
    optimizer: optimizer?.optimizer.numbers?.({ ...facts, config: optimizer.config }),
    strategy: strategy?.strategy.numbers?.({ ...facts, config: strategy.config }, strategy.share),
    recipe: recipe?.recipe.numbers?.({ ...facts, config: recipe.config }),
    objective: objective && findObjective(objective).numbers?.({ ...facts, config: undefined }),
    tokenizer,
  };
  return Object.fromEntries(
    Object.entries(versions).flatMap(([part, version = 1]) => (version > 1 ? [[part, version]] : [])),
  );
}

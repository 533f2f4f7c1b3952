import { type Budget, budgetKey, groupBy, type TrialSpec } from '@rankforge/contracts';
import { type Configuration, type Selection, selectPerMethod } from '@rankforge/stats';
import { contender } from '../planning/contender.js';
import { configurationKey } from '../planning/trial-key.js';

/** A finished training as selection sees it. It holds no test score. */
export interface TrainedTrial extends Budget {
  id: string;
  spec: TrialSpec;
  /** Validation value of the objective. */
  objective: number;
}

export type TrainedConfiguration = Configuration & { trials: TrainedTrial[] };

/** Configurations with the trainings that finished, one training per seed. */
export function toConfigurations(trials: readonly TrainedTrial[]): TrainedConfiguration[] {
  return [...groupBy(trials, ({ spec }) => configurationKey(spec))].map(([key, group]) => {
    const perSeed = [...groupBy(group, ({ spec }) => spec.seed).values()].map(([first]) => first!);
    return {
      key,
      method: contender(group[0]!.spec),
      trials: perSeed,
      seeds: perSeed.map(({ spec, objective }) => ({ seed: spec.seed, validation: objective })),
    };
  });
}

/**
 * The configurations whose test score is worth reading: for each contender the best on validation, under each budget of
 * the sweep. The board chooses by the same rule.
 */
export function chooseConfigurations(
  trials: readonly TrainedTrial[],
  direction: 'minimize' | 'maximize',
): Selection<TrainedConfiguration>[] {
  const chosen = [...groupBy(trials, budgetKey).values()].flatMap((underBudget) =>
    selectPerMethod(toConfigurations(underBudget), direction),
  );
  return [...groupBy(chosen, ({ configuration }) => configuration.key).values()].map(([first]) => first!);
}

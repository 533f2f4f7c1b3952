/** @file Rules about an optimizer that cannot do what it is for with what a trial trains. */
import { actingRank } from '../../method.js';
import type { AskedTrial, Rule } from './rule.js';

export const optimizerRules: readonly Rule[] = [
  {
    field: 'optimizer',
    broken: ({ method, config, optimizer }) =>
      optimizer?.active && actingRank(method, config)
        ? `the ranks of ${method.name} follow from gradients of all layers, and a step makes those of some tensors alone: choose an optimizer that trains all of them, or a method whose ranks stay`
        : undefined,
  },
  {
    field: 'optimizer',
    broken(trial) {
      const reads = trial.optimizer?.estimator && gradientReader(trial);
      return (
        reads &&
        `${trial.method.name} has ${reads} that needs gradients, and none are made: choose an optimizer that makes them, or another method`
      );
    },
  },
  { field: 'optimizer', broken: (trial) => trial.optimizer?.unfit?.(trial.plan.info) },
];

/** The part of a method that a step without a backward pass leaves without what it reads, for people. */
function gradientReader({ method, config }: AskedTrial): string | undefined {
  if (actingRank(method, config)) return 'a rank part';
  return method.outputPenalty && 'a penalty over outputs';
}

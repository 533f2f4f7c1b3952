/** @file Rules about an optimizer that cannot do what it is for with what a trial trains. */
import type { Method } from '../../method.js';
import type { Rule } from './rule.js';

export const optimizerRules: readonly Rule[] = [
  {
    field: 'optimizer',
    broken: ({ method, optimizer }) =>
      optimizer?.active && method.rank
        ? `the ranks of ${method.name} follow from gradients of all layers, and a step makes those of some tensors alone: choose an optimizer that trains all of them, or a method whose ranks stay`
        : undefined,
  },
  {
    field: 'optimizer',
    broken({ method, optimizer }) {
      const reads = optimizer?.estimator && gradientReader(method);
      return (
        reads &&
        `${method.name} has ${reads} that needs gradients, and none are made: choose an optimizer that makes them, or another method`
      );
    },
  },
  { field: 'optimizer', broken: (trial) => trial.optimizer?.unfit?.(trial.plan.info) },
];

/** The part of a method that a step without a backward pass leaves without what it reads, for people. */
function gradientReader({ rank, outputPenalty }: Method): string | undefined {
  if (rank) return 'a rank part';
  return outputPenalty && 'a penalty over outputs';
}

/** @file Operations of a training pass in the order in which they run, with what is kept of those before. */
import type { OperationCost } from './operation-cost.js';

/** An operation as it runs: forward, or back. */
export interface Running {
  cost: OperationCost;
  /** Floats that are kept while it runs. */
  kept: number;
  isForward: boolean;
}

/** The forward pass. */
export function* forwardOrder(costs: readonly OperationCost[], keptBefore = 0): Generator<Running> {
  let kept = keptBefore;
  for (const cost of costs) {
    yield { cost, kept, isForward: true };
    kept += cost.kept;
  }
}

/** The backward pass. What it runs again goes forward before it goes back. */
export function* backwardOrder(costs: readonly OperationCost[], keptBefore = 0): Generator<Running> {
  let kept = keptBefore + keptOf(costs);
  for (const cost of costs.toReversed()) {
    if (cost.again) {
      yield* forwardOrder(cost.again, kept);
      yield* backwardOrder(cost.again, kept);
    } else {
      yield { cost, kept, isForward: false };
    }
    kept -= cost.kept;
  }
}

/** Floats that the operations keep together. */
export const keptOf = (costs: readonly OperationCost[]): number => costs.reduce((sum, { kept }) => sum + kept, 0);

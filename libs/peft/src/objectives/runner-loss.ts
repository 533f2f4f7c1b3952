/** @file Losses that a runner computes. */
import type { LossGraph } from './loss-graph.js';
import { findObjective } from './registry.js';

export const runnerLosses = ['tokenCrossEntropy', 'crossEntropy', 'squaredError'] as const;
export type RunnerLoss = (typeof runnerLosses)[number];

/** The loss of an objective, where it is one operation of `LossGraph` on the outputs and a runner has it; undefined where not. */
export function lossOfRunner(name: string): RunnerLoss | undefined {
  const { loss, sumsOver, searches } = findObjective(name);
  if (sumsOver !== 'units' || searches) return undefined;
  const outputs = Symbol('outputs');
  let read: RunnerLoss | undefined;
  const graph = new Proxy({} as LossGraph<symbol>, {
    get: (_, operation) => (taken: unknown) => {
      read = taken === outputs ? runnerLosses.find((each) => each === operation) : undefined;
      if (read === undefined) throw new NotOne();
      return Symbol('loss');
    },
  });
  try {
    loss(graph, outputs);
    return read;
  } catch (error) {
    if (error instanceof NotOne) return undefined;
    throw error;
  }
}

/** The loss asks for more than one such operation. */
class NotOne extends Error {}

/** @file The part of a board's row that says which training it is of. */
import { contenderOf, type LeaderboardRow, shownConfig, sweepKindOf, type TrialSpec } from '@rankforge/contracts';
import { methods, neverFired, optimizers } from '@rankforge/peft';
import { learningRateOf } from '../planning/trial-kind.js';
import type { BoardTrial } from './board-trials.js';

/** Names, configuration and steps of the training that a row shows. */
export function identity({ spec }: BoardTrial) {
  return {
    ...contenderOf(spec),
    rank: spec.rank,
    trainedRank: spec.trainedRank ?? null,
    ...(spec.fitted && { fitted: spec.fitted }),
    keeps:
      sweepKindOf(spec.kind).makesSmaller && typeof spec.methodConfig.ratio === 'number'
        ? spec.methodConfig.ratio
        : null,
    learningRate: learningRateOf(spec),
    steps: spec.until ?? spec.training.steps,
    config: shownConfig(spec),
    ...idleClocks(spec),
  };
}

/** Clocks that never came round in a training; none where its method or optimizer is no longer known. */
function idleClocks(spec: TrialSpec): Pick<LeaderboardRow, 'neverFired'> {
  const method = methods.find(({ name }) => name === spec.method);
  const optimizer = optimizers.find(({ name }) => name === spec.optimizer);
  if (!method || !optimizer) return {};
  const steps = spec.until ?? spec.training.steps;
  const idle = neverFired(steps, [method, spec.methodConfig], [optimizer, spec.optimizerConfig]);
  return idle.length === 0 ? {} : { neverFired: idle };
}

/** @file The measured peak of a trial, by part. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Engine } from '../engine/engine.js';
import { partsAtPeak } from '../engine/meter.js';
import type { MemoryParts } from '../memory/parts.js';
import type { TrialModel } from './inject.js';
import type { StepState } from './step.js';

/**
 * Starts measuring a trial whose tensors are all on the device. What else is on the device, such as parts of the base
 * that this trial does not use, is left out. Without `state` what is measured is not a training.
 */
export function openMeter(engine: Engine, trial: TrialModel, state?: StepState): { peak(): MemoryParts } {
  const access = trial.access();
  const weights = bytes(trial.plan.base.map(({ path }) => access.tensor(path)));
  const adapters = bytes([
    ...trial.plan.adapters.map(({ path }) => access.tensor(path)),
    ...trial.reference().values(),
  ]);
  const optimizer = state ? bytes([...Object.values(state.optimizer), ...Object.values(state.rank)]) : 0;
  const foreign = engine.liveBytes() - weights - adapters - optimizer;
  engine.resetPeak();
  return {
    peak() {
      const total = engine.peakBytes() - foreign;
      const { activations, gradients } = partsAtPeak();
      const workspace = total - weights - adapters - optimizer - activations - gradients;
      return { weights, adapters, gradients, optimizer, activations, workspace, total };
    },
  };
}

/** The peak of a trial that held `other` at its peak at another time: the larger of the two. */
export function withEarlierPeak(meter: { peak(): MemoryParts }, earlier: MemoryParts | undefined) {
  return {
    peak() {
      const peak = meter.peak();
      return earlier && earlier.total > peak.total ? earlier : peak;
    },
  };
}

const bytes = (tensors: readonly tfjs.Tensor[]): number => tensors.reduce((sum, { size }) => sum + 4 * size, 0);

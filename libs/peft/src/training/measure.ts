/** @file The measured peak of a trial, by part. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Engine } from '../engine/engine.js';
import type { MemoryParts } from '../engine/memory-parts.js';
import { type Held, partsAtPeak, partsNow } from '../engine/meter.js';
import type { StepState } from './step-input.js';
import type { TrialModel } from './trial.js';
import type { Turn } from './turns.js';

/** Measures what a trial holds on the device. What others hold, trials beside it among them, is left out. */
export interface Meter {
  live(): number;
  /** The bytes that were held at the peak. */
  peak(): MemoryParts;
  close(): void;
}

/**
 * Starts measuring a trial whose tensors are all on the device. What else is on the device, such as parts of the base
 * that this trial does not use, is left out, and so is what changes while it is not this trial's turn. Without `state`
 * what is measured is not a training. Tensors `besides`, a teacher's, count as weights.
 */
export function openMeter(
  engine: Engine,
  trial: TrialModel,
  { state, turn, besides = [] }: { state?: StepState; turn: Turn; besides?: readonly tfjs.Tensor[] },
): Meter {
  const access = trial.access();
  const weights = bytes([...trial.plan.base.map(({ path }) => access.tensor(path)), ...besides]);
  const adapters = bytes([
    ...trial.plan.adapters.map(({ path }) => access.tensor(path)),
    ...trial.reference().values(),
  ]);
  const optimizer = state ? bytes([...Object.values(state.optimizer), ...Object.values(state.rank)]) : 0;
  const now = () => ({ total: engine.liveBytes(), ...partsNow() });
  let foreign = differences(now(), { total: weights + adapters + optimizer, activations: 0, gradients: 0 });
  let leftAt = now();
  let highest = { total: 0, activations: 0, gradients: 0 };
  const note = () => {
    const peak = differences({ total: engine.peakBytes(), ...partsAtPeak() }, foreign);
    if (peak.total > highest.total) highest = peak;
  };
  engine.resetPeak();
  const close = turn.watch({
    left() {
      note();
      leftAt = now();
    },
    taken() {
      foreign = differences(foreign, differences(leftAt, now()));
      engine.resetPeak();
    },
  });
  return {
    live: () => engine.liveBytes() - foreign.total,
    peak() {
      note();
      const { total, activations, gradients } = highest;
      const workspace = total - weights - adapters - optimizer - activations - gradients;
      return { weights, adapters, gradients, optimizer, activations, workspace, total };
    },
    close,
  };
}

/** The peak of a trial that held `other` at its peak at another time: the larger of the two. */
export function withEarlierPeak(meter: Meter, earlier: MemoryParts | undefined): Meter {
  return {
    ...meter,
    peak() {
      const peak = meter.peak();
      return earlier && earlier.total > peak.total ? earlier : peak;
    },
  };
}

interface Bytes extends Held {
  total: number;
}

const differences = (of: Bytes, less: Bytes): Bytes => ({
  total: of.total - less.total,
  activations: of.activations - less.activations,
  gradients: of.gradients - less.gradients,
});

const bytes = (tensors: readonly tfjs.Tensor[]): number => tensors.reduce((sum, { size }) => sum + 4 * size, 0);

/** @file Trains one trial from its first step to its last. Pure of orchestration: no files, no environment, no queue. */
import { dominatingPart, type MemoryPart, type MemoryParts, nothingHeld } from '../engine/memory-parts.js';
import { type Driven, drive } from './drivers/driver.js';
import { straight } from './drivers/straight.js';
import { evaluate } from './evaluate.js';
import type { Metrics } from './events.js';
import { open } from './open.js';
import { type Setting, settle } from './setting.js';
import type { TrainInput } from './train-input.js';
import type { Training } from './training.js';
import { ownTime } from './turns.js';

export type { TrainInput };

export interface TrainResult {
  outcome: Driven['outcome'];
  /** Steps done, those before `resume` included. */
  steps: number;
  /** On the validation split after the last step, or `until`; only where training completed. */
  validation?: Metrics;
  /** Measured: what was held at the peak. */
  peak: MemoryParts;
  /** The part that holds most of the peak, where it is above the budget. */
  overBudget?: { part: MemoryPart; bytes: number; budgetBytes: number };
  /** Safetensors file, see `evaluate`; absent where the trial is over its budget. */
  adapter?: Uint8Array;
  /**
   * To resume from, where training was stopped or went `until` a step before its last; absent where it was stopped before
   * its first step could be made.
   */
  checkpoint?: Uint8Array;
  /** Trained scalars, a classification head included. */
  trainableParameters: number;
  /** Time of its turns in this call. A calibration that an earlier trial made counts with the time it took. */
  seconds: number;
  /** Median wall time of a step, evaluation not included. */
  stepSeconds: number;
}

/**
 * Fine-tunes a base model by a method.
 *
 * @throws ZodError if `config` or `options` are not valid
 * @throws RangeError if `until` is not a step of the training, or the checkpoint is of a later one
 * @throws Error as `planTraining`
 * @throws DivergedError if the loss, the gradient, or what would be stored is not finite
 * @example
 * const method = findMethod('lora');
 * const adamw = findOptimizer('adamw');
 * const optimizer = adamw.build(adamw.config.parse({}));
 * await train({ engine, model, method, config: { rank: 4 }, optimizer, data, options: { steps: 100, learningRate: 3e-3 } });
 */
export async function train(input: TrainInput): Promise<TrainResult> {
  const setting = await settle(input);
  const { options, turn } = setting;
  const until = input.until ?? options.steps;
  if (!Number.isSafeInteger(until) || until < 0 || until > options.steps) {
    throw new RangeError(`until must be a step of the ${options.steps}, got ${until}`);
  }
  const time = ownTime(turn);
  try {
    const training = await open(setting, input);
    if (training.stopped) {
      const { trainableParameters, peak = nothingHeld } = training;
      return { outcome: 'stopped', steps: 0, peak, trainableParameters, seconds: time.seconds(), stepSeconds: 0 };
    }
    try {
      const result = await toItsEnd(training, setting, until);
      return { ...result, seconds: time.seconds() + training.reusedSeconds };
    } finally {
      training.dispose();
    }
  } finally {
    time.close();
  }
}

async function toItsEnd(training: Training, setting: Setting, until: number): Promise<Omit<TrainResult, 'seconds'>> {
  const { options, budgetBytes } = setting;
  if (training.stepsDone > until) {
    throw new RangeError(
      `the checkpoint is of step ${training.stepsDone}, after step ${until}, where training is to stop`,
    );
  }
  const { evalEvery, checkpointEvery } = options;
  const driver = straight({ until, evalEvery, checkpointEvery, validates: !training.recovers });
  const { outcome, validation } = await drive(training, driver, setting);
  const peak = training.peak();
  const result = {
    outcome,
    steps: training.stepsDone,
    peak,
    trainableParameters: training.trainableParameters,
    stepSeconds: median(training.durations),
  };
  if (outcome === 'over-budget') {
    return { ...result, overBudget: { part: dominatingPart(peak), bytes: peak.total, budgetBytes: budgetBytes! } };
  }
  const adapter = await training.adapter();
  const goesOn = outcome === 'stopped' || until < options.steps;
  const checkpoint = goesOn ? { checkpoint: await training.state() } : {};
  const own =
    training.recovers && outcome === 'completed' ? await onTheWholeBase(training, adapter, setting) : validation;
  return { ...result, adapter, ...checkpoint, ...(own ? { validation: own } : {}) };
}

/** The memory of a training is that of its steps: the whole base takes the place of the smaller one. */
async function onTheWholeBase(training: Training, adapter: Uint8Array, setting: Setting): Promise<Metrics> {
  training.dispose();
  const { model, method, data, turn, emit, options } = setting;
  const split = 'validation';
  const { metrics } = await evaluate({ model, method, adapter, data, split, batchSize: options.batchSize, turn });
  await emit({ type: 'eval', step: training.stepsDone, split, metrics });
  return metrics;
}

/** 0 where nothing was measured. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) {
    return 0;
  }
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

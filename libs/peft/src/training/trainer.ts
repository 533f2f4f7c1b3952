/** @file Trains one trial from its first step to its last. Pure of orchestration: no files, no environment, no queue. */
import { judgedBy } from '../data/subset.js';
import { drive } from './drivers/driver.js';
import { straight } from './drivers/straight.js';
import { evaluate } from './evaluate.js';
import type { Metrics } from './events.js';
import { opened, resultOf, type Trained } from './result.js';
import { type Setting, settle } from './setting.js';
import type { TrainInput } from './train-input.js';
import type { Training } from './training.js';

export type { TrainInput };

export interface TrainResult extends Trained {
  /** On the validation split after the last step, or `until`; only where training completed. */
  validation?: Metrics;
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
  const { options } = setting;
  const until = input.until ?? options.steps;
  if (!Number.isSafeInteger(until) || until < 0 || until > options.steps) {
    throw new RangeError(`until must be a step of the ${options.steps}, got ${until}`);
  }
  return opened([setting], input, (training) => toItsEnd(training, setting, until));
}

async function toItsEnd(training: Training, setting: Setting, until: number): Promise<Omit<TrainResult, 'seconds'>> {
  const { options } = setting;
  if (training.stepsDone > until) {
    throw new RangeError(
      `the checkpoint is of step ${training.stepsDone}, after step ${until}, where training is to stop`,
    );
  }
  const { evalEvery, checkpointEvery } = options;
  const driver = straight({ until, evalEvery, checkpointEvery, validates: !training.recovers });
  const { outcome, validation } = await drive(training, driver, setting);
  const result = await resultOf(training, { outcome, goesOn: until < options.steps }, setting);
  const own =
    training.recovers && outcome === 'completed'
      ? await onTheWholeBase(training, result.adapter!, setting)
      : validation;
  return { ...result, ...(own && outcome !== 'over-budget' ? { validation: own } : {}) };
}

/** The memory of a training is that of its steps: the whole base takes the place of the smaller one. */
async function onTheWholeBase(training: Training, adapter: Uint8Array, setting: Setting): Promise<Metrics> {
  training.dispose();
  const { model, method, turn, emit, options } = setting;
  const data = judgedBy(setting.data, setting.validationExamples);
  const split = 'validation';
  const how = { batchSize: options.batchSize, turn };
  const { metrics, examples } = await evaluate({ model, method, adapter, data, split, ...how });
  await emit({ type: 'eval', step: training.stepsDone, split, metrics, examples });
  return metrics;
}

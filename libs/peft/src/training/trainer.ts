/** @file Trains one trial. Pure of orchestration: no files, no environment, no queue. */
import type { Engine } from '../engine/engine.js';
import { dominatingPart, type MemoryPart, type MemoryParts } from '../memory/parts.js';
import type { GradientPart, Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import { createRandom } from '../tensor/random.js';
import { writeAdapter } from './adapter.js';
import { calibrate } from './calibrate.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { TaskData } from './data.js';
import type { Metrics, TrainEvent } from './events.js';
import { inject, type TrialModel } from './inject.js';
import { type LoopResult, type Progress, runSteps } from './loop.js';
import { headOf } from './loss.js';
import { openMeter, withEarlierPeak } from './measure.js';
import { type TrainOptionsInput, trainOptionsSchema } from './options.js';
import { planTraining } from './plan.js';
import { readStart, startIdentity } from './start.js';
import { disposeState, initialState } from './step.js';

export interface TrainInput {
  engine: Engine;
  model: LoadedBase;
  method: Method;
  /** Parsed by the method's schema here: defaults may be left out. */
  config: unknown;
  optimizer: GradientPart;
  data: TaskData;
  options: TrainOptionsInput;
  /**
   * An adapter to go on from, in place of first values: of the same method, configuration and targets. Its head, where it
   * has one, goes on too.
   */
  start?: Uint8Array;
  /** Bytes of a checkpoint event of the same trial: training goes on after its step. */
  resume?: Uint8Array;
  /** Aborted: training stops after the step in progress. */
  signal?: AbortSignal;
  /** Training stops after the first step whose measured peak is above. */
  budgetBytes?: number;
  onEvent?(event: TrainEvent): void | Promise<void>;
}

export interface TrainResult {
  outcome: LoopResult['outcome'];
  /** Steps done, those before `resume` included. */
  steps: number;
  /** On the validation split after the last step; only where training completed. */
  validation?: Metrics;
  /** Measured: what was held at the peak. */
  peak: MemoryParts;
  /** The part that holds most of the peak, where it is above the budget. */
  overBudget?: { part: MemoryPart; bytes: number; budgetBytes: number };
  /** Safetensors file, see `evaluate`; absent where the trial is over its budget. */
  adapter?: Uint8Array;
  /** To resume from, where training was stopped; absent where it was stopped before its first step could be made. */
  checkpoint?: Uint8Array;
  /** Trained scalars, a classification head included. */
  trainableParameters: number;
  /** Wall time of this call. A calibration that an earlier trial made counts with the time it took. */
  seconds: number;
  /** Median wall time of a step, evaluation not included. */
  stepSeconds: number;
}

/**
 * Fine-tunes a base model by a method.
 *
 * @throws ZodError if `config` or `options` are not valid
 * @throws Error as `planTraining`
 * @throws DivergedError if the loss or the gradient is not finite
 * @example
 * const method = findMethod('lora');
 * const adamw = findOptimizer('adamw');
 * const optimizer = adamw.build(adamw.config.parse({}));
 * await train({ engine, model, method, config: { rank: 4 }, optimizer, data, options: { steps: 100, learningRate: 3e-3 } });
 */
export async function train(input: TrainInput): Promise<TrainResult> {
  const started = performance.now();
  const { engine, model, method, optimizer, data, signal, budgetBytes } = input;
  const options = trainOptionsSchema.parse(input.options);
  const config = method.config.parse(input.config);
  const random = createRandom(options.seed);
  const classes = headOf(data);
  const identity = JSON.stringify({ method: method.name, config, options, ...classes, ...startIdentity(input.start) });

  const emit = async (event: TrainEvent) => input.onEvent?.(event);

  const planned = planTraining({ model: model.config, method, config, targets: options.targets, ...classes });
  engine.resetPeak();
  const resume = input.resume ? readCheckpoint(input.resume, identity) : undefined;
  const start = input.start ? readStart(input.start, { method, config, targets: options.targets }) : undefined;
  let progress: Progress | undefined = resume && { step: resume.step, state: resume.state };
  let trial: TrialModel | undefined;
  try {
    const calibrated =
      resume || start
        ? undefined
        : await calibrate({ engine, model, method, config, data, options, random, signal, emit });
    if (calibrated?.outcome === 'stopped') {
      return {
        outcome: 'stopped',
        steps: 0,
        peak: calibrated.peak,
        trainableParameters: countScalars(planned.info),
        seconds: (performance.now() - started) / 1000,
        stepSeconds: 0,
      };
    }
    const injected = inject({
      base: model,
      method,
      config,
      targets: options.targets,
      random,
      stored: resume ?? start,
      calibration: calibrated?.layers,
      ...classes,
    });
    trial = injected;
    const stored = resume ?? start;
    if (stored) injected.load(stored.tensors);
    const current = progress ?? { step: 0, state: initialState({ trial, method, config, optimizer }) };
    progress = current;
    const meter = withEarlierPeak(openMeter(engine, trial, current.state), calibrated?.peak);
    const checkpoint = () => writeCheckpoint(injected, current.state, { step: current.step, identity });
    const { outcome, validation, durations } = await runSteps(current, {
      engine,
      trial,
      model: model.config,
      method,
      config,
      optimizer,
      data,
      options,
      random,
      meter,
      checkpoint,
      emit,
      signal,
      budgetBytes,
    });
    const peak = meter.peak();
    const overBudget =
      outcome === 'over-budget'
        ? { part: dominatingPart(peak), bytes: peak.total, budgetBytes: budgetBytes! }
        : undefined;
    const info = { method: method.name, config, targets: options.targets, seed: options.seed, ...classes };
    return {
      outcome,
      steps: current.step,
      ...(validation ? { validation } : {}),
      peak,
      ...(overBudget ? { overBudget } : { adapter: await writeAdapter(injected, info) }),
      ...(outcome === 'stopped' ? { checkpoint: await checkpoint() } : {}),
      trainableParameters: countScalars(injected.info),
      seconds: (performance.now() - started) / 1000 + (calibrated?.reused ? calibrated.seconds : 0),
      stepSeconds: median(durations),
    };
  } finally {
    if (progress) {
      disposeState(progress.state);
    }
    trial?.dispose();
  }
}

const countScalars = (tensors: TrialModel['info']): number =>
  tensors.reduce((sum, { shape }) => sum + shape.reduce((size, dimension) => size * dimension, 1), 0);

/** 0 where nothing was measured. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) {
    return 0;
  }
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** @file Trains one trial. Pure of orchestration: no files, no environment, no queue. */
import type { Engine } from '../engine/engine.js';
import { dominatingPart, type MemoryPart, type MemoryParts } from '../memory/parts.js';
import type { GradientPart, Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import { createRandom } from '../tensor/random.js';
import { writeAdapter } from './adapter.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { TaskData } from './data.js';
import type { Metrics, TrainEvent } from './events.js';
import { inject, type TrialModel } from './inject.js';
import { type LoopResult, type Progress, runSteps } from './loop.js';
import { headOf } from './loss.js';
import { openMeter } from './measure.js';
import { type TrainOptionsInput, trainOptionsSchema } from './options.js';
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
  /** To resume from, where training was stopped. */
  checkpoint?: Uint8Array;
  /** Trained scalars, a classification head included. */
  trainableParameters: number;
  /** Wall time of this call. */
  seconds: number;
  /** Median wall time of a step, evaluation not included. */
  stepSeconds: number;
}

/**
 * Fine-tunes a base model by a method.
 *
 * @throws ZodError if `config` or `options` are not valid
 * @throws DivergedError if the loss or the gradient is not finite
 * @example
 * const method = findMethod('lora');
 * const optimizer = findOptimizer('adamw').build({});
 * await train({ engine, model, method, config: { rank: 4 }, optimizer, data, options: { steps: 100, learningRate: 3e-3 } });
 */
export async function train(input: TrainInput): Promise<TrainResult> {
  const started = performance.now();
  const { engine, model, method, optimizer, data, signal, budgetBytes } = input;
  const options = trainOptionsSchema.parse(input.options);
  const config = method.config.parse(input.config);
  const random = createRandom(options.seed);
  const classes = headOf(data);
  const identity = JSON.stringify({ method: method.name, config, options, ...classes });

  engine.resetPeak();
  const trial = inject({ base: model, method, config, targets: options.targets, random, ...classes });
  let progress: Progress | undefined;
  try {
    progress = input.resume
      ? resumed(trial, input.resume, identity)
      : { step: 0, state: initialState({ trial, method, config, optimizer }) };
    const current = progress;
    const meter = openMeter(engine, trial, current.state);
    const checkpoint = () => writeCheckpoint(trial, current.state, { step: current.step, identity });
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
      emit: async (event) => input.onEvent?.(event),
      signal,
      budgetBytes,
    });
    const peak = meter.peak();
    const overBudget =
      outcome === 'over-budget'
        ? { part: dominatingPart(peak), bytes: peak.total, budgetBytes: budgetBytes! }
        : undefined;
    const stored = { method: method.name, config, targets: options.targets, seed: options.seed, ...classes };
    return {
      outcome,
      steps: current.step,
      ...(validation ? { validation } : {}),
      peak,
      ...(overBudget ? { overBudget } : { adapter: await writeAdapter(trial, stored) }),
      ...(outcome === 'stopped' ? { checkpoint: await checkpoint() } : {}),
      trainableParameters: countTrained(trial),
      seconds: (performance.now() - started) / 1000,
      stepSeconds: median(durations),
    };
  } finally {
    if (progress) {
      disposeState(progress.state);
    }
    trial.dispose();
  }
}

/** Puts a checkpoint's tensors into the trial; training goes on after its step. */
function resumed(trial: TrialModel, bytes: Uint8Array, identity: string): Progress {
  const { step, state, tensors } = readCheckpoint(bytes, identity);
  try {
    trial.load(tensors);
  } catch (error) {
    disposeState(state);
    throw error;
  }
  return { step, state };
}

const countTrained = (trial: TrialModel): number =>
  [...trial.trained().values()].reduce((sum, { size }) => sum + size, 0);

/** 0 where nothing was measured. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) {
    return 0;
  }
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

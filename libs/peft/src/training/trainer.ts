/** @file Trains one trial. Pure of orchestration: no files, no environment, no queue. */
import { setImmediate } from 'node:timers/promises';
import type { Engine } from '../engine/engine.js';
import { dominatingPart, type MemoryPart, type MemoryParts } from '../memory/parts.js';
import type { GradientPart, Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import { createRandom } from '../tensor/random.js';
import { writeAdapter } from './adapter.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { TaskData } from './data.js';
import { scoreSplit } from './evaluate.js';
import type { Metrics, TrainEvent } from './events.js';
import { inject, type TrialModel } from './inject.js';
import { objectives } from './loss.js';
import { openMeter } from './measure.js';
import { summarize } from './metrics.js';
import { type TrainOptionsInput, trainOptionsSchema } from './options.js';
import { exampleOrder } from './order.js';
import { learningRateAt } from './schedule.js';
import { disposeState, initialState, type StepState, trainStep } from './step.js';

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
  outcome: 'completed' | 'stopped' | 'over-budget';
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
  const classes = data.objective === 'classification' ? { classes: requireClasses(data) } : {};
  const identity = JSON.stringify({ method: method.name, config, options, ...classes });

  engine.resetPeak();
  const trial = inject({ base: model, method, config, targets: options.targets, random, ...classes });
  let state: StepState | undefined;
  try {
    let done = 0;
    if (input.resume) {
      const checkpoint = readCheckpoint(input.resume, identity);
      state = checkpoint.state;
      trial.load(checkpoint.tensors);
      done = checkpoint.step;
    } else {
      state = initialState({ trial, method, config, optimizer });
    }
    const meter = openMeter(engine, trial, state);
    const objective = objectives[data.objective];
    const order = exampleOrder(data.train.size, random);
    const emit = async (event: TrainEvent) => input.onEvent?.(event);
    const validate = async (step: number): Promise<Metrics> => {
      const scores = await scoreSplit({
        trial,
        model: model.config,
        data,
        split: data.validation,
        batchSize: options.batchSize,
      });
      const metrics = summarize(scores);
      await emit({ type: 'eval', step, split: 'validation', metrics });
      return metrics;
    };
    const durations: number[] = [];
    let validation: { step: number; metrics: Metrics } | undefined;
    let outcome: TrainResult['outcome'] = 'completed';

    while (done < options.steps) {
      // Signals and messages of the process are handled between steps.
      await setImmediate();
      if (signal?.aborted) {
        outcome = 'stopped';
        break;
      }
      const step = done + 1;
      const began = performance.now();
      const batches = Array.from({ length: options.accumulate }, (_, index) =>
        data.train.batch(order((done * options.accumulate + index) * options.batchSize, options.batchSize)),
      );
      const learningRate = learningRateAt(step, options);
      const dropout = { probability: options.dropout, random: random.fork(`dropout/${step}`) };
      const result = await trainStep({
        trial,
        model: model.config,
        method,
        config,
        optimizer,
        objective,
        batches,
        step,
        totalSteps: options.steps,
        learningRate,
        clipNorm: options.clipNorm,
        dropout,
        state,
      });
      state = result.state;
      done = step;
      const seconds = (performance.now() - began) / 1000;
      durations.push(seconds);
      const tokens = batches.reduce(
        (sum, batch) => sum + batch.lengths.reduce((total, length) => total + length, 0),
        0,
      );
      await emit({
        type: 'step',
        step,
        loss: result.loss,
        learningRate,
        gradientNorm: result.gradientNorm,
        tokensPerSecond: tokens / seconds,
        liveBytes: engine.liveBytes(),
        peakBytes: engine.peakBytes(),
        ...(result.ranks ? { ranks: result.ranks } : {}),
      });
      if (budgetBytes !== undefined && meter.peak().total > budgetBytes) {
        outcome = 'over-budget';
        break;
      }
      if (options.evalEvery !== undefined && step % options.evalEvery === 0) {
        validation = { step, metrics: await validate(step) };
      }
      if (options.checkpointEvery !== undefined && step % options.checkpointEvery === 0 && step < options.steps) {
        await emit({ type: 'checkpoint', step, bytes: await writeCheckpoint(trial, state, { step, identity }) });
      }
    }

    if (outcome === 'completed' && validation?.step !== done) {
      validation = { step: done, metrics: await validate(done) };
    }
    const peak = meter.peak();
    const overBudget =
      outcome === 'over-budget'
        ? { part: dominatingPart(peak), bytes: peak.total, budgetBytes: budgetBytes! }
        : undefined;
    const stored = { method: method.name, config, targets: options.targets, seed: options.seed, ...classes };
    return {
      outcome,
      steps: done,
      ...(outcome === 'completed' ? { validation: validation!.metrics } : {}),
      peak,
      ...(overBudget ? { overBudget } : { adapter: await writeAdapter(trial, stored) }),
      ...(outcome === 'stopped' ? { checkpoint: await writeCheckpoint(trial, state, { step: done, identity }) } : {}),
      trainableParameters: countTrained(trial),
      seconds: (performance.now() - started) / 1000,
      stepSeconds: median(durations),
    };
  } finally {
    if (state) {
      disposeState(state);
    }
    trial.dispose();
  }
}

function requireClasses({ classes }: TaskData): number {
  if (classes === undefined || classes < 2) {
    throw new Error(`Classification data must state at least 2 classes, got ${classes}`);
  }
  return classes;
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

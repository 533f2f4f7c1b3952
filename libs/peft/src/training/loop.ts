/** @file The steps of a trial with what happens between them: evaluation, checkpoints, stopping, the budget. */
import type { GradientPart, Method } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import type { Batch } from '../objectives/data.js';
import { toHost } from '../tensor/host.js';
import type { Random } from '../tensor/random.js';
import type { TaskData } from './data.js';
import { DivergedError, nonFinite } from './diverged.js';
import { scoreSplit } from './evaluate.js';
import type { Metrics, StepEvent, TrainEvent } from './events.js';
import { objectiveOf } from './loss.js';
import type { Meter } from './measure.js';
import { summarize } from './metrics.js';
import { measureNorms } from './monitor.js';
import type { TrainOptions } from './options.js';
import { exampleOrder } from './order.js';
import { stepByParameter } from './per-layer.js';
import { learningRateAt } from './schedule.js';
import { type StepOutput, trainStep } from './step.js';
import type { StepState } from './step-input.js';
import type { OpenTeacher } from './teacher.js';
import type { TrialModel } from './trial.js';
import type { Turn } from './turns.js';

/** What an optimizer draws from, the same at every step. */
export const optimizerStreams = (random: Random): Random => random.fork('optimizer');

/** Where a trial stands. The loop moves it on, so that its owner can free the state whenever the loop ends. */
export interface Progress {
  /** Steps that are done. */
  step: number;
  state: StepState;
}

export interface LoopInput {
  trial: TrialModel;
  model: ModelConfig;
  method: Method;
  /** The method's configuration, parsed. */
  config: unknown;
  optimizer: GradientPart;
  teacher?: OpenTeacher | undefined;
  data: TaskData;
  options: TrainOptions;
  /** The trial's stream; whatever is drawn comes from forks of it that name the step. */
  random: Random;
  meter: Meter;
  turn: Turn;
  /** The step to stop after, on the schedule of all steps. */
  until: number;
  /** Whether the validation split is read after the last step; else `validation` is left out. */
  validates: boolean;
  /** The trial as it stands, to resume from. */
  checkpoint(): Promise<Uint8Array>;
  emit(event: TrainEvent): Promise<void>;
  signal?: AbortSignal | undefined;
  budgetBytes?: number | undefined;
}

export interface LoopResult {
  outcome: 'completed' | 'stopped' | 'over-budget';
  /** On the validation split after the last step; only where training completed. */
  validation?: Metrics;
  /** Seconds of each step, evaluation not included. */
  durations: readonly number[];
}

/** Trains from where `progress` stands to the step `until`, or to a signal or a budget that ends it. */
export async function runSteps(progress: Progress, input: LoopInput): Promise<LoopResult> {
  const { options, signal, budgetBytes, meter, emit, until } = input;
  const order = exampleOrder(input.data.train.size, input.random);
  const durations: number[] = [];
  let validation: { step: number; metrics: Metrics } | undefined;
  const due = (every: number | undefined) => every !== undefined && progress.step % every === 0;

  while (progress.step < until) {
    await input.turn.pass();
    if (signal?.aborted) {
      return { outcome: 'stopped', durations };
    }
    durations.push(await oneStep(progress, input, order));
    if (budgetBytes !== undefined && meter.peak().total > budgetBytes) {
      return { outcome: 'over-budget', durations };
    }
    if (due(options.evalEvery)) {
      validation = { step: progress.step, metrics: await validate(progress.step, input) };
    }
    if (due(options.checkpointEvery) && progress.step < until) {
      await emit({ type: 'checkpoint', step: progress.step, bytes: await input.checkpoint() });
    }
  }
  if (!input.validates) return { outcome: 'completed', durations };
  if (validation?.step !== progress.step) {
    validation = { step: progress.step, metrics: await validate(progress.step, input) };
  }
  // Without a step it is the evaluation that may not fit.
  const over = options.steps === 0 && budgetBytes !== undefined && meter.peak().total > budgetBytes;
  if (over) return { outcome: 'over-budget', durations };
  return { outcome: 'completed', validation: validation.metrics, durations };
}

/** Trains for one step and reports it. Returns its seconds. */
async function oneStep(
  progress: Progress,
  input: LoopInput,
  order: (start: number, take: number) => number[],
): Promise<number> {
  const { trial, model, method, config, optimizer, teacher, data, options, random } = input;
  const { accumulate, batchSize, dropout } = options;
  const began = performance.now();
  const step = progress.step + 1;
  const batches = Array.from({ length: accumulate }, (_, index) =>
    data.train.batch(order((progress.step * accumulate + index) * batchSize, batchSize)),
  );
  const learningRate = learningRateAt(step, options) * (method.rank?.pace?.(step, options.steps, config) ?? 1);
  const run = options.execution === 'perLayer' ? stepByParameter : trainStep;
  const result = await run({
    trial,
    model,
    method,
    config,
    optimizer,
    teacher,
    objective: objectiveOf(data.objective),
    batches,
    step,
    totalSteps: options.steps,
    learningRate,
    random: optimizerStreams(random),
    clipNorm: options.clipNorm ?? undefined,
    pass: {
      dropout: { probability: dropout, random: random.fork(`dropout/${step}`) },
      random: random.fork(`step/${step}`),
    },
    state: progress.state,
  });
  progress.state = result.state;
  progress.step = step;
  const seconds = (performance.now() - began) / 1000;
  const due = options.normEvery !== undefined && step % options.normEvery === 0;
  const norms = due ? await measureNorms({ trial, model, method, batch: batches[0]! }) : undefined;
  await report(input, { step, learningRate, result, norms, tokensPerSecond: countTokens(batches) / seconds });
  return seconds;
}

function report(
  { meter, trial, emit }: LoopInput,
  {
    result,
    norms,
    ...own
  }: { step: number; learningRate: number; tokensPerSecond: number; result: StepOutput; norms: StepEvent['norms'] },
): Promise<void> {
  const ranks = result.ranks ?? trial.plan.ranks;
  return emit({
    type: 'step',
    ...own,
    loss: result.loss,
    gradientNorm: result.gradientNorm,
    liveBytes: meter.live(),
    peakBytes: meter.peak().total,
    ...(ranks ? { ranks } : {}),
    ...(norms ? { norms } : {}),
  });
}

async function validate(step: number, { trial, model, data, options, turn, emit }: LoopInput): Promise<Metrics> {
  const { batchSize } = options;
  const metrics = summarize(await scoreSplit({ trial, model, data, split: data.validation, batchSize, turn }));
  if (!Number.isFinite(metrics.loss)) {
    const path = nonFinite(await toHost(trial.trained()));
    throw new DivergedError(step, path === undefined ? `validation loss ${metrics.loss}` : `${path} is not finite`);
  }
  await emit({ type: 'eval', step, split: 'validation', metrics });
  return metrics;
}

const countTokens = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { lengths }) => sum + lengths.reduce((total, length) => total + length, 0), 0);

/** @file One step of a trial with its report, and its validation. */
import { judgedBy } from '../data/subset.js';
import type { ModelConfig } from '../models/config.js';
import type { Batch } from '../objectives/data.js';
import { toHost } from '../tensor/host.js';
import type { Random } from '../tensor/random.js';
import { DivergedError, nonFinite } from './diverged.js';
import { evaluationOf, scoreSplit } from './evaluate.js';
import type { Encoded, Metrics, StepEvent } from './events.js';
import { objectiveOf } from './loss.js';
import type { Meter } from './measure.js';
import { measureNorms } from './monitor.js';
import { stepByParameter } from './per-layer.js';
import { learningRateAt } from './schedule.js';
import type { Searching } from './searching.js';
import type { Setting } from './setting.js';
import { type StepOutput, trainStep } from './step.js';
import type { StepState } from './step-input.js';
import type { OpenTeacher } from './teacher.js';
import type { TrialModel } from './trial.js';

/** The numbers that an optimizer draws from, the same at every step. */
export const optimizerStreams = (random: Random): Random => random.fork('optimizer');

/** Where a trial stands. A step moves it on, so that its owner can free the state whenever it ends. */
export interface Progress {
  /** Steps that are done. */
  step: number;
  state: StepState;
}

/** Parts that steps and validations of a trial are made with. */
export interface Stepping
  extends Pick<
    Setting,
    | 'method'
    | 'config'
    | 'optimizer'
    | 'recipe'
    | 'data'
    | 'options'
    | 'stepRandom'
    | 'draws'
    | 'turn'
    | 'emit'
    | 'validationExamples'
  > {
  trial: TrialModel;
  model: ModelConfig;
  teacher: OpenTeacher | undefined;
  meter: Meter;
  /** Stages of the training; 1 where it has none. */
  stages: number;
  /** Steps of the stages before this one. */
  before: number;
  order(start: number, take: number): number[];
  /** Finds what a batch is compared with, where the recipe searches. */
  searching: Searching | undefined;
}

/** Seconds of a step, on the wall and of all processors together. */
export interface StepTime {
  wall: number;
  cpu: number;
}

/** Trains for one step and reports it. */
export async function oneStep(progress: Progress, input: Stepping): Promise<StepTime> {
  const { trial, model, method, config, optimizer, recipe, teacher, data, options, stepRandom: random, before } = input;
  const { dropout } = options;
  const [began, used] = [performance.now(), process.cpuUsage()];
  const done = progress.step - before;
  const step = done + 1;
  const batches = await batchesOf(step, progress, input);
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
    recipe,
    batches,
    step,
    totalSteps: options.steps,
    learningRate,
    random: optimizerStreams(random),
    clipNorm: options.clipNorm ?? undefined,
    pass: {
      dropout: { probability: dropout, random: random.fork(`dropout/${step}`) },
      random: random.fork(`step/${step}`),
      checkpointing: options.checkpointing ?? 'none',
    },
    state: progress.state,
  });
  progress.state = result.state;
  progress.step = before + step;
  const wall = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(used);
  const due = options.normEvery !== undefined && step % options.normEvery === 0;
  const norms = due ? await measureNorms({ trial, model, method, batch: batches[0]! }) : undefined;
  await report(input, {
    step: progress.step,
    learningRate,
    result,
    norms,
    tokensPerSecond: countTokens(batches) / wall,
  });
  return { wall, cpu: (user + system) / 1e6 };
}

/** The batches of a step. What a recipe found for them becomes a part of its state. */
async function batchesOf(step: number, progress: Progress, { data, options, order, searching, before }: Stepping) {
  const { accumulate, batchSize } = options;
  const batches: Batch[] = [];
  const next = searching?.batches(step);
  for (let index = 0; index < accumulate; index++) {
    const units = order(((progress.step - before) * accumulate + index) * batchSize, batchSize);
    const found = await next?.(units, progress.state.recipe);
    if (found) progress.state = { ...progress.state, recipe: found.state };
    batches.push(found?.batch ?? data.train.batch(units));
  }
  return batches;
}

function report(
  { meter, trial, emit }: Stepping,
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

export async function validate(step: number, stepping: Stepping): Promise<Metrics> {
  const { trial, model, options, turn, emit } = stepping;
  const { batchSize } = options;
  const data = judgedBy(stepping.data, stepping.validationExamples);
  const how = { batchSize, turn, onEncoded: (encoded: Encoded) => emit({ type: 'encoding', step, ...encoded }) };
  const scores = await scoreSplit({ trial, model, data, split: data.validation, ...how });
  const { metrics, examples } = evaluationOf(scores);
  if (!Number.isFinite(metrics.loss)) {
    const path = nonFinite(await toHost(trial.trained()));
    throw new DivergedError(step, path === undefined ? `validation loss ${metrics.loss}` : `${path} is not finite`);
  }
  const { samples } = scores.written ?? {};
  await emit({ type: 'eval', step, split: 'validation', metrics, examples, ...(samples ? { samples } : {}) });
  return metrics;
}

const countTokens = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { lengths }) => sum + lengths.reduce((total, length) => total + length, 0), 0);

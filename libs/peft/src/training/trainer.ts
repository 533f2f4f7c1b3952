/** @file Trains one trial. Pure of orchestration: no files, no environment, no queue. */
import type { Engine } from '../engine/engine.js';
import { dominatingPart, type MemoryPart, type MemoryParts } from '../engine/memory-parts.js';
import { type GradientPart, type Method, settled } from '../method.js';
import { type LoadedBase, randomBase } from '../models/base.js';
import { pruneBase } from '../models/pruning.js';
import { ofRun } from '../parts/gradient/head-rate.js';
import { createRandom } from '../tensor/random.js';
import { writeAdapter } from './adapter.js';
import { calibrate } from './calibrate.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { TaskData } from './data.js';
import { evaluate } from './evaluate.js';
import type { Metrics, TrainEvent } from './events.js';
import { inject } from './inject.js';
import type { KeptPasses } from './kept-passes.js';
import { type LoopResult, optimizerStreams, type Progress, runSteps } from './loop.js';
import { headOf } from './loss.js';
import { type Meter, openMeter, withEarlierPeak } from './measure.js';
import { type TrainOptionsInput, trainOptionsSchema } from './options.js';
import type { Initial } from './plan-options.js';
import { recoverAdapter } from './recover.js';
import { planTraining } from './refusals/refusal.js';
import { readStart, startIdentity } from './start.js';
import { disposeState, initialState } from './step.js';
import type { StepState } from './step-input.js';
import { noticesOf } from './suits.js';
import { splitOf, synthesize } from './synthesis.js';
import { type OpenTeacher, openTeacher, type Teacher, teacherIdentity, teacherPlan } from './teacher.js';
import type { TrialModel } from './trial.js';
import { ownTime, type Turn, undisturbed } from './turns.js';

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
  /**
   * `random`: training begins from weights that the seed draws, of the model's architecture, and not from the model's own.
   * Default `base`.
   */
  initial?: Initial;
  /** What the method learns from, where it learns from one; others leave it alone. */
  teacher?: Teacher;
  /**
   * Trains to this step and no further, on the schedule of all steps: what it leaves is what the whole training has there,
   * and a checkpoint to go on from. Omitted: all steps.
   */
  until?: number;
  /** Bytes of a checkpoint event of the same trial: training goes on after its step. */
  resume?: Uint8Array;
  /** Aborted: training stops after the step in progress. */
  signal?: AbortSignal;
  /** Where others train in the same process: held by the caller, and passed between steps. Omitted: there are none. */
  turn?: Turn;
  /** Calibrations of other processes, and for them. Omitted: a calibration ends with this process. */
  calibrations?: KeptPasses;
  /** Training stops after the first step whose measured peak is above; without a step that of the evaluation counts. */
  budgetBytes?: number;
  onEvent?(event: TrainEvent): void | Promise<void>;
}

export interface TrainResult {
  outcome: LoopResult['outcome'];
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
 * @throws Error as `planTraining`, or saying why the optimizer does not suit what is trained, what cannot be updated per
 *   layer, or what norms cannot be measured
 * @throws DivergedError if the loss, the gradient, or what would be stored is not finite
 * @example
 * const method = findMethod('lora');
 * const adamw = findOptimizer('adamw');
 * const optimizer = adamw.build(adamw.config.parse({}));
 * await train({ engine, model, method, config: { rank: 4 }, optimizer, data, options: { steps: 100, learningRate: 3e-3 } });
 */
export async function train(input: TrainInput): Promise<TrainResult> {
  const { engine, model, method, data, signal, budgetBytes, initial = 'base', turn = undisturbed } = input;
  const time = ownTime(turn);
  const options = trainOptionsSchema.parse(input.options);
  const optimizer = ofRun(input.optimizer, options);
  const config = settled(method, method.config.parse(input.config), options.steps);
  const until = input.until ?? options.steps;
  if (!Number.isSafeInteger(until) || until < 0 || until > options.steps) {
    throw new RangeError(`until must be a step of the ${options.steps}, got ${until}`);
  }
  const random = createRandom(options.seed);
  const classes = headOf(data);
  const needed = method.outputPenalty?.against.includes('teacher') ? input.teacher : undefined;
  const origin = initial === 'random' ? { initial } : {};
  const identity = JSON.stringify({
    method: method.name,
    config,
    options,
    ...classes,
    ...startIdentity(input.start),
    ...teacherIdentity(needed),
    ...origin,
  });

  const emit = async (event: TrainEvent) => input.onEvent?.(event);

  const begun = initial === 'random' ? randomBase(model, options.seed) : model;
  const pruned = method.pruning && pruneBase(begun, { part: method.pruning, config, random });
  const seen = pruned?.model ?? begun;
  // The passes of a base that was drawn or pruned here are not those of its name.
  const kept = seen === model ? input.calibrations : undefined;
  // What a pruned base is for: the whole one is not on the device beside it. Nor is one whose weights are not used.
  if (seen !== model) model.dispose();

  const plan = {
    ...(needed && { teacher: teacherPlan(needed) }),
    starts: input.start !== undefined,
    initial,
    model: seen.config,
    method,
    config,
    targets: options.targets,
    objective: data.objective,
    ...classes,
  };
  const planned = planTraining({ ...options, ...plan, optimizer });
  for (const notice of noticesOf(optimizer, plan, options.steps)) await emit({ type: 'notice', step: 0, ...notice });
  engine.resetPeak();
  const resume = input.resume ? readCheckpoint(input.resume, identity) : undefined;
  if (resume && resume.step > until) {
    disposeState(resume.state);
    throw new RangeError(`the checkpoint is of step ${resume.step}, after step ${until}, where training is to stop`);
  }
  const start = input.start ? readStart(input.start, { method, config, initial, ...options }) : undefined;
  let progress: Progress | undefined = resume && { step: resume.step, state: resume.state };
  let trial: TrialModel | undefined;
  let meter: Meter | undefined;
  let taught: OpenTeacher | undefined;
  try {
    const calibrated =
      resume || start
        ? undefined
        : await calibrate({ engine, model: seen, method, config, data, options, random, turn, kept, signal, emit });
    const request = method.synthesis?.(config);
    const synthesized =
      request && needed && !resume
        ? await synthesize({
            request,
            model: seen,
            source: { model: needed.model, targets: teacherPlan(needed).targets },
            method,
            config,
            data,
            batchSize: options.batchSize,
            seed: options.seed,
            random,
            turn,
            signal,
            emit,
            fit: (of) => train({ ...of, engine, optimizer: input.optimizer, turn, ...(signal ? { signal } : {}) }),
          })
        : undefined;
    const written = resume?.written ?? synthesized?.examples;
    const stoppedEarly = calibrated?.outcome === 'stopped' || (request && !written);
    if (stoppedEarly) {
      return {
        outcome: 'stopped',
        steps: 0,
        peak: calibrated?.peak ?? synthesized?.peak ?? nothing,
        trainableParameters: countScalars(optimizer.trains?.(planned.info) ?? planned.info),
        seconds: time.seconds(),
        stepSeconds: 0,
      };
    }
    const injected = inject({
      base: seen,
      method,
      config,
      targets: options.targets,
      random,
      stored: resume ?? start,
      reference: start,
      calibration: calibrated?.outcome === 'completed' ? calibrated.layers : undefined,
      ...classes,
    });
    trial = injected;
    const stored = resume ?? start;
    if (stored) injected.load(stored.tensors);
    const first = () => initialState({ trial: injected, method, config, optimizer, random: optimizerStreams(random) });
    const current = progress ?? { step: 0, state: options.steps === 0 ? withoutState : first() };
    progress = current;
    taught = needed && openTeacher(needed, seen, data);
    const besides = taught?.tensors() ?? [];
    const opened = openMeter(engine, trial, { state: current.state, turn, besides });
    meter = withEarlierPeak(withEarlierPeak(opened, calibrated?.peak), synthesized?.peak);
    const checkpoint = () => writeCheckpoint(injected, current.state, { step: current.step, identity, written });
    const {
      outcome,
      validation: own,
      durations,
    } = await runSteps(current, {
      trial,
      model: seen.config,
      method,
      config,
      optimizer,
      teacher: taught,
      data: written ? { ...data, train: splitOf(written) } : data,
      options,
      random,
      meter,
      turn,
      until,
      validates: pruned === undefined,
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
    const { targets, seed } = options;
    const info = { method: method.name, config, targets, seed, ...classes, ...origin };
    const trained = overBudget ? undefined : await writeAdapter(injected, current.step, info);
    const adapter =
      trained && pruned ? recoverAdapter(trained, { method, model: model.config, kept: pruned.kept }) : trained;
    const goesOn = outcome === 'stopped' || (outcome === 'completed' && until < options.steps);
    const left = goesOn ? { checkpoint: await checkpoint() } : {};
    let validation = own;
    if (pruned && adapter && outcome === 'completed') {
      // The memory of a training is that of its steps: the whole base takes the place of the pruned one.
      meter.close();
      injected.dispose();
      pruned.model.dispose();
      const split = 'validation';
      const whole = await evaluate({ model, method, adapter, data, split, batchSize: options.batchSize, turn });
      validation = whole.metrics;
      await emit({ type: 'eval', step: current.step, split, metrics: validation });
    }
    return {
      outcome,
      steps: current.step,
      ...(validation ? { validation } : {}),
      peak,
      ...(overBudget ? { overBudget } : {}),
      ...(adapter ? { adapter } : {}),
      ...left,
      trainableParameters: countScalars(optimizer.trains?.(injected.info) ?? injected.info),
      seconds: time.seconds() + reusedSeconds(calibrated),
      stepSeconds: median(durations),
    };
  } finally {
    time.close();
    meter?.close();
    if (progress) {
      disposeState(progress.state);
    }
    trial?.dispose();
    taught?.dispose();
    if (seen !== model) seen.dispose();
  }
}

/** Seconds of a calibration that an earlier trial made. */
const reusedSeconds = (calibrated: Awaited<ReturnType<typeof calibrate>>): number =>
  calibrated?.outcome === 'completed' && calibrated.reused ? calibrated.seconds : 0;

const countScalars = (tensors: TrialModel['info']): number =>
  tensors.reduce((sum, { shape }) => sum + shape.reduce((size, dimension) => size * dimension, 1), 0);

/** State of a trial that runs zero steps. */
const withoutState: StepState = { optimizer: {}, rank: {} };

const nothing: MemoryParts = {
  weights: 0,
  adapters: 0,
  gradients: 0,
  optimizer: 0,
  activations: 0,
  workspace: 0,
  total: 0,
};

/** 0 where nothing was measured. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) {
    return 0;
  }
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

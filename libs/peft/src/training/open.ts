/** @file Opens a training: prepares what it stands on, and puts its tensors on the device. */

import { nothingHeld } from '../engine/memory-parts.js';
import { writtenApart } from '../models/apart.js';
import type { RecipeReport, RecipeState } from '../recipes/recipe.js';
import { sizeOf } from '../tensor/shape.js';
import { writeAdapter } from './adapter.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { DivergedError } from './diverged.js';
import { drive } from './drivers/driver.js';
import { straight } from './drivers/straight.js';
import type { Encoded } from './events.js';
import { requireWritable } from './file-sizes.js';
import { headAnswers } from './head-answers.js';
import { inject } from './inject.js';
import { openMeter, withEarlierPeak } from './measure.js';
import { exampleOrder } from './order.js';
import { saidInitial } from './origin.js';
import type { Ground, PreparationTools } from './preparations/preparation.js';
import { prepareAll } from './preparations/registry.js';
import { encodersOf } from './search.js';
import { type Searching, searchingOf } from './searching.js';
import { selectionReport } from './selection.js';
import { type Setting, settle } from './setting.js';
import { type FirstDraws, firstDraws, readStart, startOf } from './start.js';
import { disposeState, initialState } from './step.js';
import type { StepState } from './step-input.js';
import type { TrainInput } from './train-input.js';
import type { StoppedBefore, Training } from './training.js';
import type { TrialModel } from './trial.js';
import { oneStep, optimizerStreams, type Progress, type Stepping, type StepTime, validate } from './trial-step.js';

/**
 * Opens a training at its first step, or where `resume` left it. Nobody says what happens next but the caller, who disposes it.
 *
 * @throws ZodError, Error as `settle`, or of a checkpoint or an adapter that is of another trial
 * @example
 * const training = await openTraining({ engine, model, method, config: { rank: 4 }, optimizer, data, options });
 * if (!training.stopped) {
 *   await training.step();
 *   const { loss } = await training.validate();
 *   training.dispose();
 * }
 */
export async function openTraining(input: TrainInput): Promise<Training | StoppedBefore> {
  return open([await settle(input)], input);
}

/**
 * The same of what is settled already.
 *
 * @param stages One setting for each stage, of one model, method and targets; state of optimizer and ranks is made anew where a stage begins
 */
export async function open(
  stages: readonly [Setting, ...Setting[]],
  input: TrainInput,
): Promise<Training | StoppedBefore> {
  const [setting] = stages;
  const { engine, optimizer, method, config, recipe, options, stepRandom, turn, head } = setting;
  const owned: { dispose(): void }[] = [];
  const own: PreparationTools['own'] = (part) => void owned.push(part);
  const dispose = () => {
    while (owned.length > 0) owned.pop()!.dispose();
  };
  try {
    engine.resetPeak();
    const resume = input.resume ? readCheckpoint(input.resume, identityOf(stages)) : undefined;
    const progress: Progress = { step: resume?.step ?? 0, state: resume?.state ?? withoutState };
    own({ dispose: () => disposeState(progress.state) });
    const start = setting.start ? readStart(setting.start, startOf(setting)) : undefined;
    const stored = resume ?? start;
    const first = firstDraws(start, options);
    const tools: PreparationTools = { resume, stored, first, own, fit: (of) => fit({ ...of, ...shared(input) }) };
    const { initialized, ...ground } = await prepareAll(setting, tools);
    if (ground.stopped) {
      dispose();
      return { stopped: true, trainableParameters: countScalars(setting, setting.info), peak: ground.peak };
    }
    const trial = inject({
      base: ground.model,
      method,
      config,
      targets: options.targets,
      attention: options.attention,
      ...writtenApart(options),
      computeDtype: options.computeDtype,
      random: first.random,
      stored,
      fixed: recipe?.recipe.fixed && { feedback: recipe.recipe.fixed.feedback(recipe.config) },
      asked: recipe?.recipe.ask && recipe,
      reference: resume?.before?.size ? { tensors: resume.before, first: new Map() } : start,
      calibration: ground.layers,
      initialized,
      ...head,
    });
    own(trial);
    if (stored) trial.load(stored.tensors);
    if (!resume && options.steps > 0) {
      // Before there is state to hold: it may refuse the examples.
      const started = recipe?.recipe.loss?.start?.(recipe.config, ground.data.train);
      const state = initialState({ trial, method, config, optimizer, random: optimizerStreams(stepRandom) });
      progress.state = started || ground.recipe ? { ...state, recipe: { ...ground.recipe, ...started } } : state;
    }
    requireWritable(trial, progress.state, options);
    const besides = ground.teacher?.tensors() ?? [];
    const meter = withEarlierPeak(openMeter(engine, trial, { state: progress.state, turn, besides }), ground.peak);
    own({ dispose: meter.close });
    return opened(stages, { trial, first, ground, progress, meter, driver: resume?.driver, dispose });
  } catch (error) {
    dispose();
    throw error;
  }
}

interface Parts {
  trial: TrialModel;
  first: FirstDraws;
  ground: Ground;
  progress: Progress;
  meter: ReturnType<typeof openMeter>;
  driver: unknown;
  dispose(): void;
}

function opened(stages: readonly [Setting, ...Setting[]], parts: Parts): Training {
  const { trial, first, ground, progress, meter, driver, dispose } = parts;
  const [setting] = stages;
  const { method, config, options, initial, head } = setting;
  const { written, recover, reusedSeconds } = ground;
  const identity = identityOf(stages);
  const steppings = steppingsOf(stages, parts);
  const stepTimes: StepTime[] = [];
  return {
    stopped: false,
    get stepsDone() {
      return progress.step;
    },
    recovers: recover !== undefined,
    trainableParameters: countScalars(setting, trial.info),
    plan: trial.plan,
    driver,
    stepTimes,
    reusedSeconds,
    async step() {
      const stepping = steppings.findLast(({ before }) => before <= progress.step)!;
      if (progress.step > 0 && progress.step === stepping.before) renewState(progress, stepping);
      stepTimes.push(await inStage(stepping, oneStep(progress, stepping)));
    },
    validate: (stage = 0) => inStage(steppings[stage]!, validate(progress.step, steppings[stage]!)),
    state: (driver) => writeCheckpoint(trial, progress.state, { step: progress.step, identity, written, driver }),
    load: (adapter) => trial.load(readStart(adapter, startOf(setting)).tensors),
    async adapter() {
      const { targets, baseDtype } = options;
      const origin = saidInitial(initial);
      const held = baseDtype && baseDtype !== 'float32' ? { baseDtype } : {};
      const info = {
        method: method.name,
        config,
        targets,
        seed: first.seed,
        ...head,
        ...(head.classes !== undefined && headAnswers(setting.data)),
        ...held,
        ...writtenApart(options),
        ...origin,
      };
      const trained = await writeAdapter(trial, progress.step, info);
      return recover ? recover(trained) : trained;
    },
    peak: () => meter.peak(),
    report: () => reportOf(setting, progress.state.recipe ?? {}, steppings[0]!.searching),
    dispose,
  };
}

/** Makes the parts that each stage steps and validates with. Preparations of the first, as examples that were written, are its own. */
function steppingsOf(stages: readonly Setting[], { trial, ground, meter, progress }: Parts): Stepping[] {
  let before = 0;
  return stages.map((setting, stage) => {
    const data = stage === 0 ? ground.data : setting.data;
    const order = exampleOrder(data.train.size, setting.stepRandom);
    const model = ground.model.config;
    const { recipe, options, turn, stepRandom: random, emit } = setting;
    const onEncoded = (encoded: Encoded) => emit({ type: 'encoding', step: progress.step, ...encoded });
    const searching = searchingOf({
      recipe,
      random,
      search: {
        ...encodersOf(trial, model, data.objective),
        ...{ data, split: data.train, batchSize: options.batchSize, turn, onEncoded },
      },
    });
    const own = { trial, meter, model, teacher: ground.teacher, data, order, before, searching };
    before += setting.options.steps;
    return { ...setting, ...own, stages: stages.length };
  });
}

/** Numbers about the recipe as it stands; undefined where it has none. */
function reportOf(
  { recipe: followed, data }: Setting,
  state: RecipeState,
  searching: Searching | undefined,
): RecipeReport | undefined {
  if (!followed) return undefined;
  const report = {
    ...followed.recipe.loss?.report?.(state, followed.config),
    ...searching?.report(state),
    ...(followed.recipe.select && selectionReport(state, data)),
  };
  return Object.keys(report).length > 0 ? report : undefined;
}

/** Tells of a divergence in which stage it happened, where there are stages; a step is counted within its own. */
async function inStage<T>({ draws, stages }: Stepping, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (stages > 1 && error instanceof DivergedError) error.message = `${draws}: ${error.message}`;
    throw error;
  }
}

/** Puts first states of the optimizer and of ranks in the place of those that the stage before left. */
function renewState(progress: Progress, { stepRandom, ...stepping }: Stepping): void {
  disposeState(progress.state);
  progress.state = withoutState;
  progress.state = initialState({ ...stepping, random: optimizerStreams(stepRandom) });
}

/** Names what a checkpoint may go on with. */
const identityOf = (stages: readonly Setting[]): string =>
  stages.length === 1 ? stages[0]!.identity : JSON.stringify(stages.map(({ identity }) => identity));

/** Parts of a training that a model which is trained on the way shares. */
const shared = ({ engine, optimizer, turn, signal }: TrainInput) => ({
  engine,
  optimizer,
  ...(turn ? { turn } : {}),
  ...(signal ? { signal } : {}),
});

/** Trains another model on the way, to its end. A random base was drawn before it. */
async function fit(input: TrainInput): ReturnType<PreparationTools['fit']> {
  const setting: Setting = { ...(await settle(input)), drawn: true };
  const training = await open([setting], input);
  if (training.stopped) return { peak: training.peak ?? nothingHeld };
  try {
    await drive(training, straight({ until: setting.options.steps, validates: true }), setting);
    return { adapter: await training.adapter(), peak: training.peak() };
  } finally {
    training.dispose();
  }
}

/** State of a trial that runs zero steps. */
const withoutState: StepState = { optimizer: {}, rank: {} };

const countScalars = ({ optimizer }: Setting, info: TrialModel['info']): number =>
  (optimizer.trains?.(info) ?? info).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

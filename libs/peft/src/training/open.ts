/** @file Opens a training: prepares what it stands on, and puts its tensors on the device. */
import { writeAdapter } from './adapter.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { drive } from './drivers/driver.js';
import { straight } from './drivers/straight.js';
import { inject } from './inject.js';
import { openMeter, withEarlierPeak } from './measure.js';
import { exampleOrder } from './order.js';
import type { Ground, PreparationTools } from './preparations/preparation.js';
import { prepareAll } from './preparations/registry.js';
import { type Setting, settle } from './setting.js';
import { readStart } from './start.js';
import { disposeState, initialState } from './step.js';
import type { StepState } from './step-input.js';
import type { TrainInput } from './train-input.js';
import type { StoppedBefore, Training } from './training.js';
import type { TrialModel } from './trial.js';
import { oneStep, optimizerStreams, type Progress, validate } from './trial-step.js';

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
  return open(await settle(input), input);
}

/** The same of what is settled already. */
export async function open(setting: Setting, input: TrainInput): Promise<Training | StoppedBefore> {
  const { engine, optimizer, method, config, initial, options, random, stepRandom, turn, head } = setting;
  const owned: { dispose(): void }[] = [];
  const own: PreparationTools['own'] = (part) => void owned.push(part);
  const dispose = () => {
    while (owned.length > 0) owned.pop()!.dispose();
  };
  try {
    engine.resetPeak();
    const resume = input.resume ? readCheckpoint(input.resume, setting.identity) : undefined;
    const progress: Progress = { step: resume?.step ?? 0, state: resume?.state ?? withoutState };
    own({ dispose: () => disposeState(progress.state) });
    const start = setting.start ? readStart(setting.start, { method, config, initial, ...options }) : undefined;
    const ground = await prepareAll(setting, { resume, own, fit: (of) => fit({ ...of, ...shared(input) }) });
    if (ground.stopped) {
      dispose();
      return { stopped: true, trainableParameters: countScalars(setting, setting.info), peak: ground.peak };
    }
    const stored = resume ?? start;
    const trial = inject({
      base: ground.model,
      method,
      config,
      targets: options.targets,
      random,
      stored,
      reference: start,
      calibration: ground.layers,
      ...head,
    });
    own(trial);
    if (stored) trial.load(stored.tensors);
    if (!resume && options.steps > 0) {
      progress.state = initialState({ trial, method, config, optimizer, random: optimizerStreams(stepRandom) });
    }
    const besides = ground.teacher?.tensors() ?? [];
    const meter = withEarlierPeak(openMeter(engine, trial, { state: progress.state, turn, besides }), ground.peak);
    own({ dispose: meter.close });
    return opened(setting, { trial, ground, progress, meter, dispose });
  } catch (error) {
    dispose();
    throw error;
  }
}

interface Parts {
  trial: TrialModel;
  ground: Ground;
  progress: Progress;
  meter: ReturnType<typeof openMeter>;
  dispose(): void;
}

function opened(setting: Setting, { trial, ground, progress, meter, dispose }: Parts): Training {
  const { method, config, options, initial, head, identity } = setting;
  const { written, recover, reusedSeconds } = ground;
  const order = exampleOrder(ground.data.train.size, setting.stepRandom);
  const stepping = { ...setting, trial, meter, model: ground.model.config, data: ground.data, teacher: ground.teacher };
  const durations: number[] = [];
  return {
    stopped: false,
    get stepsDone() {
      return progress.step;
    },
    recovers: recover !== undefined,
    trainableParameters: countScalars(setting, trial.info),
    plan: trial.plan,
    durations,
    reusedSeconds,
    async step() {
      durations.push(await oneStep(progress, stepping, order));
    },
    validate: () => validate(progress.step, stepping),
    state: () => writeCheckpoint(trial, progress.state, { step: progress.step, identity, written }),
    load: (adapter) => trial.load(readStart(adapter, { method, config, initial, ...options }).tensors),
    async adapter() {
      const { targets, seed } = options;
      const origin = initial === 'random' ? { initial } : {};
      const info = { method: method.name, config, targets, seed, ...head, ...origin };
      const trained = await writeAdapter(trial, progress.step, info);
      return recover ? recover(trained) : trained;
    },
    peak: () => meter.peak(),
    dispose,
  };
}

/** Parts of a training that a model which is trained on the way shares. */
const shared = ({ engine, optimizer, turn, signal }: TrainInput) => ({
  engine,
  optimizer,
  ...(turn ? { turn } : {}),
  ...(signal ? { signal } : {}),
});

/** Trains another model on the way, to its end. */
async function fit(input: TrainInput): ReturnType<PreparationTools['fit']> {
  const setting = await settle(input);
  const training = await open(setting, input);
  if (training.stopped) return { peak: training.peak! };
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
  (optimizer.trains?.(info) ?? info).reduce(
    (sum, { shape }) => sum + shape.reduce((size, dimension) => size * dimension, 1),
    0,
  );

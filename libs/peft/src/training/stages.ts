/** @file Trains on a stream of tasks: one stage after another on one open training, each with data and a schedule of its own. */
import { isDeepStrictEqual } from 'node:util';
import type { TaskData } from '../data/task-data.js';
import { findObjective } from '../objectives/registry.js';
import { drive } from './drivers/driver.js';
import { inStages, type StageScores } from './drivers/stages.js';
import type { CheckpointEvent, Metrics, TrainEvent } from './events.js';
import { headOf } from './loss.js';
import type { TrainOptionsInput } from './options.js';
import { PlanError } from './plan-error.js';
import { opened, resultOf, type Trained } from './result.js';
import { type Setting, settle } from './setting.js';
import { type StreamMeasures, streamMeasures } from './stream-measures.js';
import type { TrainInput } from './train-input.js';

/** Options that a stage may have for itself. */
type OfStage =
  | 'batchSize'
  | 'accumulate'
  | 'learningRate'
  | 'headLearningRate'
  | 'schedule'
  | 'warmupSteps'
  | 'clipNorm'
  | 'dropout';

/** Options that stages, or the driver, decide. */
type Decided = 'steps' | 'evalEvery' | 'normEvery';

export interface Stage {
  /** Tells stages apart in events and scores, and labels what the steps of this one draw. */
  name: string;
  /** Data with the objective and the head that all stages have. */
  data: TaskData;
  steps: number;
  /** Options of this stage, in place of those of all; a schedule runs over its own steps. */
  options?: Partial<Pick<TrainOptionsInput, OfStage>>;
}

export interface StagesInput
  extends Omit<
    TrainInput,
    'data' | 'options' | 'until' | 'draws' | 'initial' | 'calibrations' | 'recipe' | 'recipeConfig' | 'onEvent'
  > {
  stages: readonly Stage[];
  /** `checkpointEvery` counts the steps of all stages together. */
  options: Omit<TrainOptionsInput, Decided>;
  onEvent?(event: StageEvent): void | Promise<void>;
}

export type StageEvent =
  /** An event of the training, whose steps count from the first stage on. An evaluation is of the stage whose split it read. */
  { type: 'stage'; stage: string; event: TrainEvent } | CheckpointEvent;

export interface StagesResult extends Trained {
  /** Metrics on the validation split of every stage, by its name, after each stage that is done. */
  scores: { after: string; on: Record<string, Metrics> }[];
  /** Measures of the stream by metric; only where it completed. */
  measures?: Record<string, StreamMeasures>;
}

/**
 * Trains on several tasks, one after another, and scores all of them after each. State of the optimizer and of ranks is made anew for each
 * stage, so that a stage is a training that starts from the adapter of the one before, with draws labelled by its name.
 *
 * @throws ZodError, Error as `train`
 * @throws RangeError naming the stage that does not fit the others
 * @example
 * const stages = [{ name: 'mails', data: mails, steps: 100 }, { name: 'news', data: news, steps: 100 }];
 * const { measures } = await trainInStages({ engine, model, method, config, optimizer, stages, options: { learningRate: 3e-3 } });
 * console.log(measures.loss.forgetting);
 */
export async function trainInStages(input: StagesInput): Promise<StagesResult> {
  const { stages, options, onEvent, method, ...rest } = input;
  requireOneTask(stages);
  if (method.pruning || method.synthesis) {
    const why = method.pruning ? 'trains on a smaller base' : 'writes the examples that it trains on';
    throw new PlanError(`${method.name} ${why}, and every stage is to train on its own data: choose another method`);
  }
  const { checkpointEvery, ...ofAll } = options;
  const emit = async (event: StageEvent) => onEvent?.(event);
  const inputs = stages.map(
    ({ name, data, steps, options: own }): TrainInput => ({
      ...rest,
      method,
      data,
      options: { ...ofAll, ...own, steps },
      draws: name,
      onEvent: (event) => emit({ type: 'stage', stage: name, event }),
    }),
  );
  const settings: Setting[] = [];
  for (const one of inputs) settings.push(await settle(one));
  const names = stages.map(({ name }) => name);
  const driver = inStages({ steps: stages.map(({ steps }) => steps), checkpointEvery });
  const [first] = settings as [Setting];
  const result = await opened([first, ...settings.slice(1)], inputs[0]!, async (training) => {
    const { outcome, state } = await drive(training, driver, { ...first, emit });
    const kept = { outcome, goesOn: false, driver: state };
    return { ...(await resultOf(training, kept, input)), rows: state.scores };
  });
  const { rows = [], ...trained } = result as typeof result & { rows?: StageScores };
  const scores = rows.map((row, stage) => ({
    after: names[stage]!,
    on: Object.fromEntries(row.map((metrics, of) => [names[of]!, metrics])),
  }));
  const measured = trained.outcome === 'completed' ? { measures: measuresOf(rows, stages[0]!.data) } : {};
  return { ...trained, scores, ...measured };
}

/** Measures of every metric of the objective. */
function measuresOf(rows: StageScores, { objective }: TaskData): Record<string, StreamMeasures> {
  const metrics = [{ name: 'loss', direction: 'minimize' as const }, ...findObjective(objective).metrics];
  return Object.fromEntries(
    metrics.map(({ name, direction }) => [
      name,
      streamMeasures(
        rows.map((row) => row.map((found) => found[name]!)),
        direction,
      ),
    ]),
  );
}

function requireOneTask(stages: readonly Stage[]): void {
  const [first, ...others] = stages;
  if (first === undefined) throw new RangeError('stages: expected at least one, got none');
  for (const { name, steps } of stages) {
    if (Number.isSafeInteger(steps) && steps > 0) continue;
    throw new RangeError(
      `stages: ${name} has ${steps} steps, and a stage makes at least one: leave it out, or give it steps`,
    );
  }
  const twice = stages.find(({ name }, at) => stages.findIndex((other) => other.name === name) < at);
  if (twice) throw new RangeError(`stages: two are called ${twice.name}: give each a name of its own`);
  const task = ({ data }: Stage) => ({ objective: data.objective, ...headOf(data) });
  for (const other of others) {
    if (isDeepStrictEqual(task(other), task(first))) continue;
    throw new RangeError(
      `stages: ${other.name} is of ${JSON.stringify(task(other))} and ${first.name} of ${JSON.stringify(task(first))}: all train one head for one objective`,
    );
  }
}

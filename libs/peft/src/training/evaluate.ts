/** @file Scores of a split, unit by unit, for statistics that pair units. */

import type { TaskData } from '../data/task-data.js';
import type { Method } from '../method.js';
import { writtenApart } from '../models/apart.js';
import type { LoadedBase } from '../models/base.js';
import { type ModelConfig } from '../models/config.js';
import { inBaseDtype } from '../models/packed-base.js';
import type { Split } from '../objectives/data.js';
import { findObjective } from '../objectives/registry.js';
import { followed } from '../recipes/recipe.js';
import { findRecipe } from '../recipes/registry.js';
import { createRandom } from '../tensor/random.js';
import { type AdapterInfo, readAdapter } from './adapter.js';
import { bareTrial } from './bare-trial.js';
import type { Metrics } from './events.js';
import { GatheredScores } from './gathered.js';
import { type Answers, headAnswering } from './head-answers.js';
import { inject } from './inject.js';
import { headOf, objectiveOf } from './loss.js';
import { metricParts, summarize, type UnitScores } from './metrics.js';
import { drawnBaseOf } from './origin.js';
import { encodersOf, type OnEncoded, scoreSearched } from './search.js';
import type { TrialModel } from './trial.js';
import { type Turn, undisturbed } from './turns.js';
import { scoreWritten } from './written.js';

/** Units of one forward pass when the caller names no other number. */
const EVALUATION_BATCH = 8;

export interface EvaluateInput {
  model: LoadedBase;
  method: Method;
  /** The `adapter` that `train` returned. Omitted: the base model itself, where the task needs no head of its own. */
  adapter?: Uint8Array;
  data: TaskData;
  split: 'train' | 'validation' | 'test';
  batchSize?: number;
  /** The turn of a process in which others train too; it is passed on between batches. */
  turn?: Turn;
  /** Keeps the places of the relevant rows of units. */
  places?: boolean;
  /** Told of documents as they are encoded, where a corpus is searched. */
  onEncoded?: OnEncoded;
}

export interface Evaluation extends UnitScores {
  metrics: Metrics;
  /** For each metric one number per unit, whose mean (or its exponential, for perplexity) is the metric. */
  examples: Record<string, ArrayLike<number>>;
}

/**
 * Scores every unit of a split with an adapter, or with the base model.
 *
 * @throws Error if the adapter was made by another method, or does not fit the model
 * @throws RangeError if the split has no example
 */
export async function evaluate({
  model,
  method,
  adapter,
  data,
  split,
  batchSize = EVALUATION_BATCH,
  turn = undisturbed,
  places,
  onEncoded,
}: EvaluateInput): Promise<Evaluation> {
  if (data[split].size === 0) throw new RangeError(`${split}: the data has no example of this split to score`);
  const trial = adapter ? restore(model, method, adapter, { answers: data }) : bare(model, data);
  try {
    const how = { batchSize, turn, places, onEncoded };
    const scores = await scoreSplit({ trial, model: model.config, data, split: data[split], ...how });
    return evaluationOf(scores);
  } finally {
    trial.dispose();
  }
}

/** Scores of units with the metrics that follow from them. */
export function evaluationOf(scores: UnitScores): Evaluation {
  const parts = Object.entries(metricParts(scores));
  const examples = Object.fromEntries(parts.map(([name, part]) => [name, part.examples]));
  return { ...scores, metrics: summarize(scores), examples };
}

/** Scores of every unit of `split`, in its own order. */
export async function scoreSplit({
  trial,
  model,
  data,
  split,
  batchSize,
  turn,
  places,
  onEncoded,
}: {
  trial: TrialModel;
  model: ModelConfig;
  data: TaskData;
  split: Split;
  batchSize: number;
  turn: Turn;
  places?: boolean | undefined;
  onEncoded?: OnEncoded | undefined;
}): Promise<UnitScores> {
  if (findObjective(data.objective).searches) {
    const encoders = encodersOf(trial, model, data.objective);
    return scoreSearched({ ...encoders, data, split, batchSize, turn, places, onEncoded });
  }
  const access = trial.access();
  const objective = objectiveOf(data.objective);
  const gathered = new GatheredScores(data, split.size, { places });
  for (let start = 0; start < split.size; start += batchSize) {
    await turn.pass();
    const indices = Array.from({ length: Math.min(batchSize, split.size - start) }, (_, offset) => start + offset);
    const batch = split.batch(indices);
    gathered.add(start, await objective.read(model, batch, access), batch);
  }
  const { writing, segmenter } = data;
  const scores = gathered.scores();
  if (writing === undefined) return scores;
  const { answered } = findObjective(data.objective);
  const scoring = { answered: answered!, segmenter };
  const written = await scoreWritten({ config: model, access, split, writing, ...scoring, batchSize, turn });
  return { ...scores, columns: { ...scores.columns, ...written.columns }, written };
}

/**
 * A trial with the values of an adapter file, on the base or on the random one that its training began from.
 *
 * @param untrained sees the trial before they are put in
 * @param answers that its head is to give, see `headAnswering`; omitted: those that it was trained for
 * @throws Error if the adapter was made by another method, or does not fit the model
 */
export function restore(
  base: LoadedBase,
  method: Method,
  adapter: Uint8Array,
  { untrained, answers = {} }: { untrained?: (trial: TrialModel) => void; answers?: Answers } = {},
): TrialModel {
  const { info, ...stored } = readAdapter(adapter);
  requireMethod(info, method);
  const { config, targets, classes, seed, baseDtype, fixed, asked } = info;
  const random = drawnBaseOf(base, info);
  const trial = inject({
    base: random ?? inBaseDtype(base, baseDtype),
    method,
    config,
    targets,
    random: createRandom(seed),
    stored,
    ...writtenApart(info),
    ...(fixed && { fixed, reference: { tensors: stored.before!, first: new Map() } }),
    ...(asked && { asked: followed(findRecipe(asked.recipe), asked.config) }),
    ...(classes === undefined ? {} : { classes }),
  });
  try {
    untrained?.(trial);
    trial.load(headAnswering(stored.tensors, info, answers));
  } catch (error) {
    trial.dispose();
    random?.dispose();
    throw error;
  }
  if (random === undefined) return trial;
  const dispose = () => {
    trial.dispose();
    random.dispose();
  };
  return { ...trial, dispose };
}

function requireMethod(info: AdapterInfo, method: Method): void {
  if (info.method !== method.name) {
    throw new Error(`The adapter was made by ${info.method}, and ${method.name} was asked to read it`);
  }
}

/** The base model without any adapter. */
function bare(base: LoadedBase, data: TaskData): TrialModel {
  if (headOf(data).classes !== undefined) {
    throw new Error(
      `A base model has no head for ${data.objective}: evaluate it with an adapter that was trained for the task`,
    );
  }
  return bareTrial(base);
}

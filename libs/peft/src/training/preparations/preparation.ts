/** @file A preparation, which is done before the first step, is a record: each takes what a training stands on further. */

import type { TaskData } from '../../data/task-data.js';
import type { MemoryParts } from '../../engine/memory-parts.js';
import type { LayerCalibration } from '../../method.js';
import type { LoadedBase } from '../../models/base.js';
import type { Batch } from '../../objectives/data.js';
import type { RecipeState } from '../../recipes/recipe.js';
import type { Checkpoint } from '../checkpoint.js';
import type { StoredTrial } from '../first-values.js';
import type { Initialized } from '../inject.js';
import type { Setting } from '../setting.js';
import type { FirstDraws } from '../start.js';
import type { OpenTeacher } from '../teacher.js';
import type { TrainInput } from '../train-input.js';

/** The ground that a training stands on. */
export interface Ground {
  /** The base that is trained on. */
  model: LoadedBase;
  /** Present where that is not the base an adapter is for: makes of an adapter trained here one of the base that was given. */
  recover?(adapter: Uint8Array): Uint8Array;
  /** The data that training reads. */
  data: TaskData;
  /** Examples that were written and are read in place of the training split; a checkpoint holds them. */
  written?: Batch;
  /** State of the recipe that a preparation leaves, beside that of its loss; a checkpoint holds it. */
  recipe?: RecipeState;
  /** Statistics that first values are made of, by path of the targeted layer. */
  layers?: ReadonlyMap<string, LayerCalibration>;
  initialized?: Initialized;
  teacher?: OpenTeacher;
  /** Measured: the most that a preparation held; absent where none held anything. */
  peak?: MemoryParts;
  /** Seconds that an earlier trial spent on what this one takes over. */
  reusedSeconds: number;
  /** The signal was aborted before all was prepared. */
  stopped?: true;
}

export interface PreparationTools {
  /** The trial as it was left, where it goes on: what it was prepared with is in it, or not needed any more. */
  resume: Checkpoint | undefined;
  /** The same, or else the adapter that training starts from. */
  stored: StoredTrial | undefined;
  /** Draws of first values; what else is drawn before the first step comes from the setting's own stream. */
  first: FirstDraws;
  /** Takes charge of what is to be disposed with the training, the last first. */
  own(part: { dispose(): void }): void;
  /** Trains another model on the way, on the same engine and by the same optimizer. Of a random `initial` the model has the weights. */
  fit(
    input: Pick<TrainInput, 'model' | 'method' | 'config' | 'data' | 'options' | 'start' | 'initial'>,
  ): Promise<{ adapter?: Uint8Array; peak: MemoryParts }>;
}

/**
 * @example
 * // The training split without its first example.
 * const later: Preparation = {
 *   prepare: (_, ground) => ({ ...ground, data: { ...ground.data, train: without(ground.data.train, 0) } }),
 * };
 */
export interface Preparation {
  /** @returns what training stands on after it; undefined where this training does not ask for it */
  prepare(setting: Setting, ground: Ground, tools: PreparationTools): Promise<Ground | undefined> | Ground | undefined;
}

/** The larger of two peaks. */
export const largerPeak = (one: MemoryParts | undefined, other: MemoryParts): MemoryParts =>
  one && one.total >= other.total ? one : other;

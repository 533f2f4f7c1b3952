/** @file The input of a training. */

import type { TaskData } from '../data/task-data.js';
import type { Engine } from '../engine/engine.js';
import type { MemoryParts } from '../engine/memory-parts.js';
import type { GradientPart, Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import type { Recipe } from '../recipes/recipe.js';
import type { GenerateOptions } from '../slots/generator.js';
import type { TrainEvent } from './events.js';
import type { KeptPasses } from './kept-passes.js';
import type { TrainOptionsInput } from './options.js';
import type { Initial } from './plan-options.js';
import type { Teacher } from './teacher.js';
import type { Turn } from './turns.js';

/**
 * Has texts written by a generator, before the first step.
 *
 * @returns a text of each prompt, in their order, and what was held meanwhile, where that is known
 * @throws Error where one of them cannot be had, or the signal of the training was aborted
 */
export type WriteTexts = (
  prompts: readonly string[],
  options: GenerateOptions,
) => Promise<{ texts: readonly string[]; peak?: MemoryParts }>;

export interface TrainInput {
  engine: Engine;
  model: LoadedBase;
  method: Method;
  /** Parsed by the method's schema here: defaults may be left out. */
  config: unknown;
  optimizer: GradientPart;
  data: TaskData;
  options: TrainOptionsInput;
  /** The recipe that training follows around the method. Omitted: it takes the examples of the task and the loss of its objective. */
  recipe?: Recipe;
  /** Parsed by the recipe's schema here. Default: its defaults. */
  recipeConfig?: unknown;
  /** Asked where the recipe has texts written; others leave it alone. */
  write?: WriteTexts;
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
  /** The teacher that the method learns from, where it learns from one; others leave it alone. */
  teacher?: Teacher;
  /**
   * Trains to this step and no further, on the schedule of all steps: what it leaves is what the whole training has there,
   * and a checkpoint to go on from. Omitted: all steps.
   */
  until?: number;
  /**
   * Examples of the validation split that validations score, the same for all trainings that name as many. What chooses examples
   * for this split still reads all of it. Omitted: all.
   */
  validationExamples?: number;
  /**
   * Labels what the steps draw: the order of examples, dropout, and what method and optimizer draw. Trainings with one seed and several
   * labels, as those of clients in rounds, have the same first values and draws of their own. Omitted: draws of the seed alone.
   */
  draws?: string;
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

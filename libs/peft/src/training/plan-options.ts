/** @file The facts that a trial is planned from. */

import type { Method } from '../method.js';
import type { ApartOptions } from '../models/apart.js';
import type { ModelConfig } from '../models/config.js';
import type { ObjectiveName } from '../objectives/registry.js';
import type { Followed } from '../recipes/recipe.js';
import type { BaseDtype } from '../tensor/base-dtypes.js';

/** State of the base when training begins: the weights it comes with, or first values from the trial's seed. */
export type Initial = 'base' | 'random';

export interface PlanOptions extends ApartOptions {
  model: ModelConfig;
  method: Method;
  /** The method's configuration, parsed by its schema. */
  config: unknown;
  /** Names of the targeted layers and tables, see `layerNames`. */
  targets: readonly string[];
  /** Outputs of a head that the trial trains; absent where the model's own head is used. */
  classes?: number;
  /** The objective. Default: the usual one of the model with such a head. */
  objective?: ObjectiveName | undefined;
  /** Tokens of an example, where they are known. */
  sequence?: number;
  /** The model that the method learns from, where the trial has one. */
  teacher?: PlanOptions;
  /** The recipe that training follows. Absent: it takes the examples of its task and the loss of its objective. */
  recipe?: Followed | undefined;
  /** Type of the kernels of the frozen base. Default `float32`. */
  baseDtype?: BaseDtype | undefined;
  /** Training starts from an adapter. */
  starts?: boolean;
  /** See `TrainInput.initial`. */
  initial?: Initial;
  /**
   * Rank of every targeted layer by path, as the method's `allocate` decided; 0 leaves a layer out. Omitted, as where a
   * trial is only predicted: the budget spread evenly, that is the configuration's rank everywhere.
   */
  ranks?: Readonly<Record<string, number>>;
}

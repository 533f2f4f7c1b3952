/** @file A training that is open: its tensors are on the device, and whoever holds it says what happens next. */
import type { MemoryParts } from '../engine/memory-parts.js';
import type { RecipeReport } from '../recipes/recipe.js';
import type { Metrics } from './events.js';
import type { TrialModel } from './trial.js';
import type { StepTime } from './trial-step.js';

export interface Training {
  readonly stopped: false;
  /** Steps that are done, those before a resume included. */
  readonly stepsDone: number;
  /** Whether adapters trained here were of a smaller base, and `adapter` makes ones of the base that was given. */
  readonly recovers: boolean;
  /** Trained scalars, a head included. */
  readonly trainableParameters: number;
  readonly plan: TrialModel['plan'];
  /** State of a driver that the checkpoint kept which it goes on from. */
  readonly driver: unknown;
  /** Times of the steps so far, evaluation not included, and the seconds that an earlier trial spent on what this one took over. */
  readonly stepTimes: readonly StepTime[];
  readonly reusedSeconds: number;
  /**
   * Trains for one step and reports it.
   *
   * @throws DivergedError if the loss or the gradient is not finite
   */
  step(): Promise<void>;
  /**
   * Scores a validation split as the trial stands, and reports it.
   *
   * @param stage The stage whose split it is, from 0. Default: the first, which is the only one where there are no stages
   */
  validate(stage?: number): Promise<Metrics>;
  /**
   * The trial as it stands, to be given as `resume`.
   *
   * @param driver JSON that is kept with it
   */
  state(driver?: unknown): Promise<Uint8Array>;
  /**
   * Puts the tensors of an adapter in the place of the trial's own, as between rounds of a federation. State of the optimizer and of
   * ranks is kept.
   *
   * @throws Error if the adapter is of another method, configuration or targets
   */
  load(adapter: Uint8Array): void;
  /** A safetensors file of the trial as it stands, see `evaluate`. */
  adapter(): Promise<Uint8Array>;
  /** Measured: what was held at the peak so far, preparations included. */
  peak(): MemoryParts;
  /** Numbers about the recipe as it stands; absent where it has none, or reports none. */
  report(): RecipeReport | undefined;
  /** Frees what is on the device; to do so twice is as good as once. */
  dispose(): void;
}

/** The signal was aborted before a training could be opened. */
export interface StoppedBefore {
  readonly stopped: true;
  readonly trainableParameters: number;
  readonly peak: MemoryParts | undefined;
}

/** @file One optimizer step's input: what is trained, on which batches, and the state that the step before left. */
import type { GradientPart, Method, OptimizerState, Streams } from '../method.js';
import type { ModelConfig } from '../models/config.js';
import type { Batch } from '../objectives/data.js';
import type { Followed, RecipeState } from '../recipes/recipe.js';
import { resumeRandom } from '../tensor/random.js';
import type { RunningObjective } from './loss.js';
import type { OpenTeacher } from './teacher.js';
import type { TrainingPass, TrialModel } from './trial.js';

/** State that a step hands to the next besides the trial's tensors. */
export interface StepState {
  optimizer: OptimizerState;
  rank: OptimizerState;
  /** State of the recipe, on the host; absent where it has none. */
  recipe?: RecipeState;
}

export interface StepInput {
  trial: TrialModel;
  model: ModelConfig;
  method: Method;
  /** The method's configuration, parsed. */
  config: unknown;
  optimizer: GradientPart;
  /** Where the method learns from one. */
  teacher?: OpenTeacher | undefined;
  objective: RunningObjective;
  /** The recipe that training follows. */
  recipe?: Followed | undefined;
  /** The batches whose gradients are accumulated. */
  batches: readonly Batch[];
  /** 1-based. */
  step: number;
  totalSteps: number;
  learningRate: number;
  /** Streams of the run that the optimizer draws from. */
  random: Streams;
  clipNorm: number | undefined;
  pass: TrainingPass;
  state: StepState;
}

/** The input of a step as one of its batches is read. */
export const atBatch = (input: StepInput, batch: number): StepInput => ({ ...input, pass: { ...input.pass, batch } });

/**
 * Makes the input of a step as often as it is asked, for passes that are compared: each of them drops out the same.
 *
 * @example
 * const again = redrawn(input);
 * const [one, other] = [await accumulatedGradients(again()), await accumulatedGradients(again())]; // the same to the bit
 */
export function redrawn(input: StepInput): () => StepInput {
  const { pass } = input;
  const began = pass.dropout.random.state();
  return () => ({ ...input, pass: { ...pass, dropout: { ...pass.dropout, random: resumeRandom(began) } } });
}

/** @file A rule against a trial: one entry of a list, with the field that it blames. */
import type { AttentionChoice } from '../../engine/chunk.js';
import type { EngineName } from '../../engine/traits.js';
import type { GradientPart } from '../../method.js';
import type { ComputeDtype, DoubleQuantization } from '../../tensor/base-dtypes.js';
import type { Checkpointing } from '../checkpointing.js';
import type { Execution } from '../execution.js';
import type { TrialPlan } from '../plan.js';
import type { PlanOptions } from '../plan-options.js';

/** A trial before anything of it is made. What is left out is not looked at: without an optimizer, no rule about one applies. */
export interface TrialRequest extends PlanOptions {
  optimizer?: GradientPart | undefined;
  execution?: Execution | undefined;
  checkpointing?: Checkpointing | undefined;
  computeDtype?: ComputeDtype | undefined;
  doubleQuantization?: DoubleQuantization | undefined;
  engine?: EngineName | undefined;
  accumulate?: number | undefined;
  /** Units of a batch. */
  batchSize?: number | undefined;
  /** Rows that training reads of a unit at most. */
  unitRows?: number | undefined;
  /** Steps of the training. */
  steps?: number | undefined;
  clipNorm?: number | null | undefined;
  normEvery?: number | undefined;
  headLearningRate?: number | undefined;
  dropout?: number | undefined;
  attention?: AttentionChoice | undefined;
  /** Processes that train together. */
  devices?: number | undefined;
  /** Most tokens of an answer, where the model writes answers. */
  answerTokens?: number | undefined;
}

/** The field of a trial that is to be changed: its method, its teacher or start, its optimizer, its recipe, or an option of the training. */
export type RefusedField =
  | 'method'
  | 'teacher'
  | 'from'
  | 'optimizer'
  | 'recipe'
  | 'execution'
  | 'checkpointing'
  | 'baseDtype'
  | 'doubleQuantization'
  | 'computeDtype'
  | 'clipNorm'
  | 'accumulate'
  | 'batchSize'
  | 'normEvery'
  | 'headLearningRate'
  | 'dropout'
  | 'attention'
  | 'devices'
  | 'engine'
  | 'apartBlocks'
  | 'queryTokens'
  | 'titleWithQuery';

/** The trial that a rule is asked about: the request, and its plan, made once for all rules. */
export interface AskedTrial extends TrialRequest {
  /** @throws Error as `planTrial` */
  readonly plan: TrialPlan;
}

export interface Rule {
  field: RefusedField;
  /** A sentence for people on what is wrong and what to do, without the name of the field; undefined where the trial keeps the rule. */
  broken(trial: AskedTrial): string | undefined;
}

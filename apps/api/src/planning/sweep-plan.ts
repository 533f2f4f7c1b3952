import type { Base } from '@rankforge/bases';
import type { Budget, CreateSweep, TrainingOptions, TrialChat } from '@rankforge/contracts';
import type { leftByChain } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';
import type { Foundation } from '../adapters/trained-models.js';
import type { PlannedGenerator } from '../generators/generators.service.js';
import type { SearchSpace, Strategy } from '../strategies/strategy.js';
import type { MethodAxes } from './expand.js';

/** A sweep as it would be created: names looked up, defaults filled in, nothing enumerated and nothing written. */
export interface SweepPlan {
  projectId: string;
  /** With what its protocol leaves to the methods decided: the number holds, whatever these propose later. */
  request: CreateSweep;
  task: Task;
  /** Where the task is a data set of this installation. */
  datasetId?: string;
  base: Base;
  /** Where it starts from the model of a training: it, or what has to end before it is known. */
  foundation?: HeldFoundation;
  /** The generator that its procedures ask. */
  generator?: PlannedGenerator;
  /** The template of its conversations, where its examples are some. */
  chat?: TrialChat;
  training: TrainingOptions;
  objective: { metric: string; direction: 'minimize' | 'maximize' };
  methods: readonly MethodAxes[];
  strategy: Strategy;
  space: SearchSpace;
  /** Each training has one trial under each. */
  budgets: readonly Budget[];
  /** Trials of the whole plan: trainings × budgets. */
  trials: number;
}

/** With what the adapters leave of the base where kernels stay in factors, and whose factors these are. */
export type HeldFoundation = Exclude<Foundation, { state: 'failed' }> & { held: ReturnType<typeof leftByChain> };

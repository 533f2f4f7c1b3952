import type { EngineName, MemoryByPart, TrainingOptions } from '@rankforge/contracts';
import {
  countTrainable,
  type Method,
  type ModelConfig,
  neverFired,
  noticeOf,
  type Optimizer,
  type PlanOptions,
  predictMemory,
  predictPacked,
  unfitForExecution,
  unmeasurable,
  unsuited,
  untrainable,
} from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';

/** What a training would hold at its peak, in bytes, and how many scalars it would train; nothing is run. */
export interface Forecast {
  memory: MemoryByPart;
  trainableParameters: number;
  /** What the optimizer leaves to another rule than its own, for people. */
  notice?: string;
  /** What method and optimizer repeat after some steps and never come to in this run, for people. */
  neverFired: string[];
}

/** Why a training cannot be. */
export interface Refusal {
  refused: string;
  /** What is to blame: a field of the method's entry in the request, or an option of the training. */
  of:
    | { entry: 'name' | 'optimizer' }
    | { option: 'clipNorm' | 'accumulate' | 'execution' | 'normEvery' | 'headLearningRate' };
}

/** @param input configurations as parsed by the schemas of method and optimizer */
export function forecast(input: {
  engine: EngineName;
  model: ModelConfig;
  task: Task;
  training: TrainingOptions;
  method: Method;
  methodConfig: Record<string, unknown>;
  optimizer: Optimizer;
  optimizerConfig: Record<string, unknown>;
  /** What the method learns from, and whether it starts from an adapter. */
  teacher?: PlanOptions | undefined;
  starts?: boolean;
  initial?: 'base' | 'random';
}): Forecast | Refusal {
  const { model, task, training, method, methodConfig, optimizer, optimizerConfig } = input;
  const trial = {
    model,
    method,
    config: methodConfig,
    targets: training.targets,
    sequence: training.sequenceLength,
    ...(input.teacher ? { teacher: input.teacher } : {}),
    starts: input.starts ?? false,
    ...(input.initial === 'random' ? { initial: input.initial } : {}),
    ...(task.outputs === undefined ? {} : { classes: task.outputs }),
  };
  const refused = untrainable(trial);
  if (refused !== undefined) return { refused, of: { entry: 'name' } };
  const built = optimizer.build(optimizerConfig);
  const useless = unsuited(built, trial);
  if (useless !== undefined) return { refused: `${optimizer.name}: ${useless}`, of: { entry: 'optimizer' } };
  const predicted = {
    ...trial,
    optimizer: built,
    engine: input.engine,
    batchSize: training.batchSize,
    accumulate: training.accumulate,
    dropout: training.dropout,
    execution: training.execution,
    steps: training.steps,
  };
  const refusal = unfitForExecution({ ...predicted, clipNorm: training.clipNorm });
  if (refusal !== undefined) return { refused: refusal.reason, of: { option: refusal.option } };
  const unmeasured = unmeasurable(method, training.normEvery);
  if (unmeasured !== undefined) return { refused: unmeasured, of: { option: 'normEvery' } };
  if (training.headLearningRate !== undefined && task.outputs === undefined) {
    const refused = `headLearningRate is ${training.headLearningRate}, and ${task.name} has no head that is made for it: leave headLearningRate out`;
    return { refused, of: { option: 'headLearningRate' } };
  }
  const notice = training.steps === 0 ? undefined : noticeOf(built, trial);
  return {
    memory: { ...predictMemory(predicted), packed: predictPacked(predicted) },
    trainableParameters: countTrainable(predicted),
    neverFired: neverFired(training.steps, [method, methodConfig], [optimizer, optimizerConfig]),
    ...(notice === undefined ? {} : { notice: `${optimizer.name}: ${notice}` }),
  };
}

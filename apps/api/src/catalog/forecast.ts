import type { EngineName, MemoryByPart, Planned, TrainingOptions } from '@rankforge/contracts';
import {
  estimate,
  type Method,
  type ModelConfig,
  neverFired,
  noticeOf,
  type Optimizer,
  type PlanOptions,
  type PredictInput,
  predictPacked,
  predictProducts,
  type Refusal,
  trainedByPlace,
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
  /** Facts that limits are held against; asked for where a sweep has any. */
  planned(): Planned;
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
    objective: task.objective,
    sequence: training.sequenceLength,
    ...(input.teacher ? { teacher: input.teacher } : {}),
    starts: input.starts ?? false,
    ...(input.initial === 'random' ? { initial: input.initial } : {}),
    ...(task.outputs === undefined ? {} : { classes: task.outputs }),
  };
  const { clipNorm, normEvery, headLearningRate } = training;
  const made = estimate({
    ...trial,
    optimizer,
    optimizerConfig,
    engine: input.engine,
    batchSize: training.batchSize,
    unitRows: task.unitRows,
    accumulate: training.accumulate,
    dropout: training.dropout,
    execution: training.execution,
    steps: training.steps,
    answerTokens: task.answerTokens,
    clipNorm,
    normEvery,
    headLearningRate,
  });
  if ('reason' in made) return made;
  const { steps } = training;
  const predicted = { ...made.input, steps };
  const notice = steps === 0 ? undefined : noticeOf(predicted.optimizer, trial);
  return {
    memory: { ...made.memory, packed: predictPacked(predicted) },
    trainableParameters: made.trainableParameters,
    planned: () => ({ work: workOf(predicted), trained: trainedByPlace(predicted) }),
    neverFired: neverFired(steps, [method, methodConfig], [optimizer, optimizerConfig]),
    ...(notice === undefined ? {} : { notice: `${optimizer.name}: ${notice}` }),
  };
}

/** A training without a step computes none. */
function workOf(input: PredictInput & { steps: number }): Planned['work'] {
  const multiplyAdds = input.steps === 0 ? { forward: 0, backward: 0 } : predictProducts(input);
  return multiplyAdds && { multiplyAdds };
}

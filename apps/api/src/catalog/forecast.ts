import type { Base } from '@rankforge/bases';
import type { MemoryByPart, TrainingOptions } from '@rankforge/contracts';
import { countTrainable, type Method, type Optimizer, predictMemory, untrainable } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';

/** What a training would hold at its peak, in bytes, and how many scalars it would train; nothing is run. */
export interface Forecast {
  memory: MemoryByPart;
  trainableParameters: number;
}

/** Why there is nothing to train. */
export interface Refusal {
  refused: string;
}

/** @param input configurations as parsed by the schemas of method and optimizer */
export function forecast(input: {
  base: Base;
  task: Task;
  training: TrainingOptions;
  method: Method;
  methodConfig: Record<string, unknown>;
  optimizer: Optimizer;
  optimizerConfig: Record<string, unknown>;
}): Forecast | Refusal {
  const { base, task, training, method, methodConfig, optimizer, optimizerConfig } = input;
  const trial = {
    model: base.config,
    method,
    config: methodConfig,
    targets: training.targets,
    sequence: training.sequenceLength,
    ...(task.outputs === undefined ? {} : { classes: task.outputs }),
  };
  const refused = untrainable(trial);
  if (refused !== undefined) return { refused };
  return {
    memory: predictMemory({
      ...trial,
      optimizer: optimizer.build(optimizerConfig),
      batchSize: training.batchSize,
      accumulate: training.accumulate,
      dropout: training.dropout,
    }),
    trainableParameters: countTrainable(trial),
  };
}

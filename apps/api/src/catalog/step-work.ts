import type { StepWork, TrialSpec } from '@rankforge/contracts';
import { type ModelConfig, methods, optimizers, predictProducts } from '@rankforge/peft';
import type { Task } from '@rankforge/tasks';

/** The products that a step of a trial computes, from its shapes; undefined where nobody says them. */
export function stepWork(spec: TrialSpec, model: ModelConfig, task: Task): StepWork | undefined {
  const method = methods.find(({ name }) => name === spec.method);
  const optimizer = optimizers.find(({ name }) => name === spec.optimizer);
  const { training } = spec;
  // On the model of another trial, whose kernels may be held otherwise; or without a step.
  if (!method || !optimizer || spec.on || training.steps === 0) return undefined;
  try {
    const multiplyAdds = predictProducts({
      model,
      method,
      config: spec.methodConfig,
      optimizer: optimizer.build(optimizer.config.parse(spec.optimizerConfig)),
      targets: training.targets,
      engine: spec.engine,
      objective: task.objective,
      batchSize: training.batchSize,
      unitRows: task.unitRows,
      sequence: training.sequenceLength,
      accumulate: training.accumulate,
      dropout: training.dropout,
      starts: spec.from !== undefined,
      ...(spec.initial === 'random' ? { initial: spec.initial } : {}),
      ...(task.outputs === undefined ? {} : { classes: task.outputs }),
    });
    return multiplyAdds && { multiplyAdds };
  } catch {
    // A trial of an earlier version, or on a base that was replaced since, may not be one that this version plans.
    return undefined;
  }
}

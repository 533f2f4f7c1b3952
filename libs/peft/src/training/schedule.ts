/** @file Learning rate over steps. */
import type { TrainOptions } from './options.js';

/**
 * Learning rate of a 1-based step: rises linearly over `warmupSteps`, then decays to 0 just after the last step.
 *
 * @example
 * learningRateAt(1, { steps: 10, warmupSteps: 2, learningRate: 1e-3, schedule: 'linear' }); // 5e-4
 */
export function learningRateAt(
  step: number,
  {
    steps,
    warmupSteps,
    learningRate,
    schedule,
  }: Pick<TrainOptions, 'steps' | 'warmupSteps' | 'learningRate' | 'schedule'>,
): number {
  if (step <= warmupSteps) {
    return (learningRate * step) / warmupSteps;
  }
  const progress = (step - 1 - warmupSteps) / (steps - warmupSteps);
  return learningRate * decay[schedule](progress);
}

const decay: Record<TrainOptions['schedule'], (progress: number) => number> = {
  constant: () => 1,
  linear: (progress) => 1 - progress,
  cosine: (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)),
};

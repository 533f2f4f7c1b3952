import type { StepEvent } from '../../src/training/events.js';
import { type TrainInput, train } from '../../src/training/trainer.js';

/** Trains, and keeps the events of its steps beside the result. */
export async function trainSteps(input: TrainInput) {
  const steps: StepEvent[] = [];
  const result = await train({
    ...input,
    onEvent(event) {
      input.onEvent?.(event);
      if (event.type === 'step') steps.push(event);
    },
  });
  return { result, steps };
}

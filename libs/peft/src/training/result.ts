/** @file The result of a training whose driver has ended. */
import { dominatingPart, type MemoryPart, type MemoryParts, nothingHeld } from '../engine/memory-parts.js';
import type { RecipeReport } from '../recipes/recipe.js';
import type { Driven } from './drivers/driver.js';
import { open } from './open.js';
import type { Setting } from './setting.js';
import type { TrainInput } from './train-input.js';
import type { Training } from './training.js';
import { ownTime } from './turns.js';

export interface Trained {
  outcome: Driven['outcome'];
  /** Steps done, those before `resume` included. */
  steps: number;
  /** Measured: what was held at the peak. */
  peak: MemoryParts;
  /** The part that holds most of the peak, where it is above the budget. */
  overBudget?: { part: MemoryPart; bytes: number; budgetBytes: number };
  /** Safetensors file, see `evaluate`; absent where the trial is over its budget. */
  adapter?: Uint8Array;
  /**
   * To resume from, where training was stopped or went `until` a step before its last; absent where it was stopped before
   * its first step could be made.
   */
  checkpoint?: Uint8Array;
  /** Numbers about the recipe that was followed, where it has any. */
  recipe?: RecipeReport;
  /** Trained scalars, a classification head included. */
  trainableParameters: number;
  /** Time of its turns in this call. A calibration that an earlier trial made counts with the time it took. */
  seconds: number;
  /** Median wall time of a step, evaluation not included. */
  stepSeconds: number;
  /** Median time that a step takes of all processors together. */
  stepCpuSeconds: number;
}

interface Ended {
  outcome: Driven['outcome'];
  /** Whether steps are left that another training is to make. */
  goesOn: boolean;
  /** State of the driver, where a checkpoint is to keep it. */
  driver?: unknown;
}

/** Does `work` with a training that is opened for it, and counts its time. One that is stopped before it is open has made no step. */
export async function opened<R extends Omit<Trained, 'seconds'>>(
  stages: readonly [Setting, ...Setting[]],
  input: TrainInput,
  work: (training: Training) => Promise<R>,
): Promise<(R | Omit<Trained, 'seconds'>) & Pick<Trained, 'seconds'>> {
  const time = ownTime(stages[0].turn);
  try {
    const training = await open(stages, input);
    if (training.stopped) {
      const { trainableParameters, peak = nothingHeld } = training;
      const none = { steps: 0, stepSeconds: 0, stepCpuSeconds: 0 };
      return { outcome: 'stopped', ...none, peak, trainableParameters, seconds: time.seconds() };
    }
    try {
      const result = await work(training);
      return { ...result, seconds: time.seconds() + training.reusedSeconds };
    } finally {
      training.dispose();
    }
  } finally {
    time.close();
  }
}

/** The result of a training, which stays open. */
export async function resultOf(
  training: Training,
  { outcome, goesOn, driver }: Ended,
  { budgetBytes }: { budgetBytes?: number },
): Promise<Omit<Trained, 'seconds'>> {
  const peak = training.peak();
  const result = {
    outcome,
    steps: training.stepsDone,
    peak,
    trainableParameters: training.trainableParameters,
    stepSeconds: median(training.stepTimes.map(({ wall }) => wall)),
    stepCpuSeconds: median(training.stepTimes.map(({ cpu }) => cpu)),
  };
  if (outcome === 'over-budget') {
    return { ...result, overBudget: { part: dominatingPart(peak), bytes: peak.total, budgetBytes: budgetBytes! } };
  }
  const recipe = training.report();
  const adapter = await training.adapter();
  const keeps = outcome === 'stopped' || goesOn;
  return {
    ...result,
    adapter,
    ...(recipe && { recipe }),
    ...(keeps ? { checkpoint: await training.state(driver) } : {}),
  };
}

/** 0 where nothing was measured. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) {
    return 0;
  }
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

import type { Setting } from '../setting.js';
import { calibration } from './calibration.js';
import { chosenExamples } from './chosen-examples.js';
import { firstValues } from './first-values.js';
import { teacher } from './open-teacher.js';
import type { Ground, Preparation, PreparationTools } from './preparation.js';
import { prunedBase } from './pruned-base.js';
import { drawnBase } from './random-base.js';
import { recipeExamples } from './recipe-examples.js';
import { writtenExamples } from './written-examples.js';

/** One line each, in the order in which they are done. What each holds at its peak: `preparationPeaks` in memory/predict.ts, which the compiler keeps complete. */
export const preparations = {
  drawnBase,
  prunedBase,
  calibration,
  writtenExamples,
  recipeExamples,
  chosenExamples,
  firstValues,
  teacher,
} satisfies Record<string, Preparation>;

export type PreparationName = keyof typeof preparations;

/** Does what the training asks for, up to where it is stopped. */
export async function prepareAll(setting: Setting, tools: PreparationTools): Promise<Ground> {
  let ground: Ground = { model: setting.model, data: setting.data, reusedSeconds: 0 };
  for (const { prepare } of Object.values<Preparation>(preparations)) {
    ground = (await prepare(setting, ground, tools)) ?? ground;
    if (ground.stopped) break;
  }
  return ground;
}

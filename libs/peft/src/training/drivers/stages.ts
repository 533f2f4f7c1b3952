import { z } from 'zod';
import { anyNumber } from '../../io/json.js';
import type { Metrics } from '../events.js';
import type { Decision, Driver } from './driver.js';

export interface StagesOptions {
  /** Steps of each stage, in their order. */
  steps: readonly number[];
  /** Steps between two checkpoints; the last step leaves none. Omitted: none. */
  checkpointEvery?: number | undefined;
}

/** Metrics after each stage that is done, on the validation split of every stage; the last row may still be filled. */
export type StageScores = readonly (readonly Metrics[])[];

interface Staged {
  scores: StageScores;
  /** The step that was last kept. */
  kept?: number | undefined;
}

const staged: z.ZodType<Staged> = z.strictObject({
  scores: z.array(z.array(z.intersection(z.object({ loss: anyNumber }), z.record(z.string(), anyNumber)))),
  kept: z.int().optional(),
});

/** One stage after another; after each, all of them are scored. */
export const inStages = ({ steps, checkpointEvery }: StagesOptions): Driver<Staged> => {
  const ends = steps.map((_, stage) => steps.slice(0, stage + 1).reduce((sum, own) => sum + own, 0));
  return {
    kept: staged,
    start: () => ({ scores: [] }),
    decide(state, { step, overBudget }): Decision<Staged> {
      if (overBudget) return { next: 'end', outcome: 'over-budget' };
      const done = ends.filter((end) => end <= step).length;
      const scored = state.scores[done - 1]?.length ?? 0;
      if (done > 0 && scored < steps.length) {
        // The row is opened with the decision, so that `note` finds it.
        const scores = scored === 0 ? [...state.scores, []] : state.scores;
        return { next: 'validate', stage: scored, state: { ...state, scores } };
      }
      if (done === steps.length) return { next: 'end', outcome: 'completed' };
      const due = checkpointEvery !== undefined && step > 0 && step % checkpointEvery === 0;
      if (due && state.kept !== step) return { next: 'checkpoint', state: { ...state, kept: step } };
      return { next: 'step', state };
    },
    note: (state, found) => ({ ...state, scores: [...state.scores.slice(0, -1), [...state.scores.at(-1)!, found]] }),
  };
};

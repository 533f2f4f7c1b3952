import type { Decision, Driver } from './driver.js';

export interface StraightOptions {
  /** The step to end after: the last, or that of a rung. */
  until: number;
  /** Steps between two validations. Omitted: after the last step alone. */
  evalEvery?: number | undefined;
  /** Steps between two checkpoints; the last step leaves none. Omitted: none. */
  checkpointEvery?: number | undefined;
  /** Whether the validation split is read after the last step. */
  validates: boolean;
}

/** Steps at which the training was begun or gone on with, and last validated and kept. */
interface Passed {
  begun: number;
  validated?: number;
  kept?: number;
}

/** One step after another, with validations and checkpoints between them, to the end or until it is over its budget. */
export const straight = ({ until, evalEvery, checkpointEvery, validates }: StraightOptions): Driver<Passed> => ({
  start: ({ step }) => ({ begun: step }),
  decide(state, { step, overBudget }): Decision<Passed> {
    if (overBudget) return { next: 'end', outcome: 'over-budget' };
    const due = (every: number | undefined) => every !== undefined && step > state.begun && step % every === 0;
    const validated = state.validated === step;
    if (due(evalEvery) && !validated) return { next: 'validate', state: { ...state, validated: step } };
    if (due(checkpointEvery) && step < until && state.kept !== step) {
      return { next: 'checkpoint', state: { ...state, kept: step } };
    }
    if (step < until) return { next: 'step', state };
    if (validates && !validated) return { next: 'validate', state: { ...state, validated: step } };
    return { next: 'end', outcome: 'completed' };
  },
});

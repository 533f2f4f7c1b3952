/** @file States of a trial, and which follow which. */
import { z } from 'zod';

export const trialStates = [
  'PENDING',
  'QUEUED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'OVER_BUDGET',
  'PRUNED',
  'CANCELLED',
] as const;
export const TrialState = z.enum(trialStates).meta({ id: 'TrialState' });
export type TrialState = z.infer<typeof TrialState>;

/**
 * Allowed transitions. The database holds the same table (`trial_transition`) and refuses every other one.
 * `PENDING` waits for another trial with the same key, for its sweep, or for its parts: `RUNNING → PENDING` is a federation that waits
 * for the turns of its clients. `RUNNING → QUEUED` is a lost lease or a
 * worker that hands back. `FAILED → QUEUED` is a retry asked for by a person; `FAILED → PENDING` one that follows another
 * trial with its key. `SUCCEEDED → PRUNED` is a training that succeeded at a rung and goes no further: it keeps its result.
 */
export const trialTransitions: Readonly<Record<TrialState, readonly TrialState[]>> = {
  PENDING: ['QUEUED', 'SUCCEEDED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED'],
  QUEUED: ['RUNNING', 'OVER_BUDGET', 'PRUNED', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'OVER_BUDGET', 'PRUNED', 'CANCELLED', 'QUEUED', 'PENDING'],
  SUCCEEDED: ['PRUNED'],
  FAILED: ['QUEUED', 'PENDING'],
  OVER_BUDGET: [],
  PRUNED: [],
  CANCELLED: [],
};

/** States of a trial that may still run: it waits, or it runs. */
export const openTrialStates = ['PENDING', 'QUEUED', 'RUNNING'] as const satisfies readonly TrialState[];

/** Whether a trial may still run. */
export const mayStillRun = (state: TrialState): boolean => (openTrialStates as readonly TrialState[]).includes(state);

/** States of a trial that ended; a person may have one that failed tried again. */
export const finalTrialStates = [
  'SUCCEEDED',
  'FAILED',
  'OVER_BUDGET',
  'PRUNED',
  'CANCELLED',
] as const satisfies readonly TrialState[];

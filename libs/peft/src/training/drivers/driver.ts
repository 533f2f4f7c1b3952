/**
 * @file Decides what an open training does next, as a pure state machine: a driver is asked after everything that was done. Its state is
 * JSON, so that it can be kept between two of its decisions.
 */
import type { z } from 'zod';
import type { MemoryParts } from '../../engine/memory-parts.js';
import type { CheckpointEvent, Metrics } from '../events.js';
import type { Training } from '../training.js';
import type { Turn } from '../turns.js';

/** Where a training stands. */
export interface Standing {
  /** Steps that are done. */
  step: number;
  /** More was held since the training began than its budget allows. */
  overBudget: boolean;
}

export type Decision<State> =
  | { next: 'step' | 'checkpoint'; state: State }
  /** On the validation split of a stage; omitted: of the first. */
  | { next: 'validate'; stage?: number; state: State }
  | { next: 'end'; outcome: 'completed' | 'over-budget' };

/**
 * @example
 * // Steps without looking up, to the tenth.
 * const ten: Driver<null> = {
 *   start: () => null,
 *   decide: (state, { step }) => (step < 10 ? { next: 'step', state } : { next: 'end', outcome: 'completed' }),
 * };
 */
export interface Driver<State> {
  /** Schema of the state, where checkpoints are to keep it: what goes on from one has the state that was kept, and no `start`. */
  kept?: z.ZodType<State>;
  start(standing: Standing): State;
  decide(state: State, standing: Standing): Decision<State>;
  /** Adds what a validation found to the state that its decision left. Omitted: the driver does not look at it. */
  note?(state: State, found: Metrics): State;
}

export interface Driven<State = unknown> {
  outcome: 'completed' | 'over-budget' | 'stopped';
  /** On the validation split after the last step, where it was read there. */
  validation?: Metrics;
  /** The last state of the driver. */
  state: State;
}

export interface DriveTools {
  /** Passed on before each step. */
  turn: Turn;
  /** Aborted: the training stops before the next step. */
  signal?: AbortSignal | undefined;
  budgetBytes?: number | undefined;
  emit(event: CheckpointEvent): Promise<void>;
}

/** Does what the driver decides until it ends, or until the signal stops it. */
export async function drive<State>(
  training: Training,
  driver: Driver<State>,
  { turn, signal, budgetBytes, emit }: DriveTools,
): Promise<Driven<State>> {
  const isOver = ({ total }: MemoryParts) => budgetBytes !== undefined && total > budgetBytes;
  let standing: Standing = { step: training.stepsDone, overBudget: false };
  let state =
    driver.kept && training.driver !== undefined ? driver.kept.parse(training.driver) : driver.start(standing);
  let validation: { step: number; metrics: Metrics } | undefined;
  for (;;) {
    const decision = driver.decide(state, standing);
    if (decision.next === 'end') {
      const last = validation?.step === standing.step ? { validation: validation.metrics } : {};
      return { outcome: decision.outcome, state, ...last };
    }
    let found: Metrics | undefined;
    if (decision.next === 'step') {
      await turn.pass();
      if (signal?.aborted) return { outcome: 'stopped', state };
      await training.step();
    } else if (decision.next === 'validate') {
      found = await training.validate(decision.stage);
      validation = { step: standing.step, metrics: found };
    } else {
      const bytes = await training.state(driver.kept && decision.state);
      await emit({ type: 'checkpoint', step: standing.step, bytes });
    }
    state = found && driver.note ? driver.note(decision.state, found) : decision.state;
    standing = { step: training.stepsDone, overBudget: isOver(training.peak()) };
  }
}

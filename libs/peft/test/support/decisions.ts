import type { Driver, Standing } from '../../src/training/drivers/driver.js';

/** Decisions of a driver where no step is over the budget before `overAt`; its state goes through JSON each time. Validations find a loss of 1. */
export function decisions<State>(
  driver: Driver<State>,
  { from = 0, overAt = Number.POSITIVE_INFINITY }: { from?: number | undefined; overAt?: number | undefined } = {},
): string[] {
  let standing: Standing = { step: from, overBudget: false };
  let state = driver.start(standing);
  const made: string[] = [];
  for (;;) {
    const decision = driver.decide(JSON.parse(JSON.stringify(state)) as State, standing);
    if (decision.next === 'end') return [...made, decision.outcome];
    state =
      decision.next === 'validate' ? (driver.note?.(decision.state, { loss: 1 }) ?? decision.state) : decision.state;
    if (decision.next === 'step') standing = { step: standing.step + 1, overBudget: standing.step + 1 >= overAt };
    const stage = decision.next === 'validate' && decision.stage !== undefined ? ` of ${decision.stage}` : '';
    made.push(`${decision.next} ${standing.step}${stage}`);
  }
}

import { asLoss, type Direction } from '../direction.js';
import type { Observation, Outcome } from '../history.js';

/**
 * Divides trials into the best tenth, at most 25, and the rest, each in the order of their numbers.
 *
 * Complete trials come first by value, then pruned ones (those that got further first), then infeasible ones (those that
 * broke the constraint least first). Running trials are among the rest, which keeps others from trying the same next.
 */
export function split(
  history: readonly Observation[],
  direction: Direction,
): { good: Observation[]; rest: Observation[] } {
  const byNumber = history.toSorted((a, b) => a.number - b.number);
  const ended = byNumber.filter(({ outcome }) => outcome.kind !== 'running');
  const count = Math.min(Math.ceil(0.1 * ended.length), 25);
  const ranked = ended.toSorted((a, b) => compare(place(a.outcome, direction), place(b.outcome, direction)));
  const good = new Set(ranked.slice(0, count));
  return { good: byNumber.filter((trial) => good.has(trial)), rest: byNumber.filter((trial) => !good.has(trial)) };
}

/** Smaller is better, the first number deciding first. */
function place(outcome: Outcome, direction: Direction): readonly number[] {
  switch (outcome.kind) {
    case 'complete':
      return [0, asLoss(outcome.value, direction)];
    case 'pruned':
      return outcome.value === undefined ? [1, 1, 0] : [1, -outcome.step, asLoss(outcome.value, direction)];
    case 'infeasible':
      return [2, outcome.violation];
    case 'running':
      throw new TypeError('a running trial has no place');
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

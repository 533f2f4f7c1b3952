/** @file Decides what becomes of a training under a budget, by what is known before it runs. Placement acts on it, a preview counts it. */
import { MIB } from '@rankforge/contracts';
import type { MemoryCell } from './implied.js';
import { isKnown, type Leader } from './leaders.js';

/**
 * - `over-budget`: it does not fit, by its own predictions or because the smaller rank `by` did not;
 * - `known`: the leader has the result, or its peak, which may be above this budget;
 * - `follows`: the leader will have it;
 * - `runs`: nobody leads its key.
 */
export type Decision<C extends MemoryCell> =
  | { kind: 'over-budget'; by: C | undefined }
  | { kind: 'known' | 'follows'; leader: Leader }
  | { kind: 'runs' };

/** A training under a budget before it runs. */
export interface Cell extends Pick<MemoryCell, 'predictedBytes' | 'memoryBudgetMiB'> {
  /** Says which limit it is above by prediction; absent: none. */
  excess?: string | undefined;
}

/** Whether the predicted memory is within the budget. */
export const fits = ({ predictedBytes, memoryBudgetMiB }: Cell) => predictedBytes <= memoryBudgetMiB * MIB;

/**
 * @param leader of its key
 * @param by a smaller rank that did not fit and speaks for it. What is known, or runs already, says more than that
 */
export function decide<C extends MemoryCell>(cell: Cell, leader: Leader | undefined, by: C | undefined): Decision<C> {
  if (!fits(cell) || cell.excess !== undefined || (by !== undefined && leader === undefined))
    return { kind: 'over-budget', by };
  if (leader === undefined) return { kind: 'runs' };
  return { kind: isKnown(leader) ? 'known' : 'follows', leader };
}

/** @file An attack as a record of pure functions: what its clients do instead of what they were asked. */
import type { DataFacts, Split } from '../../objectives/data.js';
import type { Named } from '../strategy.js';

export interface Attack {
  /** Registry name; the name of the file. */
  name: string;
  title: string;
  /** One sentence for people who choose. */
  summary: string;
  /** Tensors that are sent as trained in place of those that were. Default: those that were trained. */
  trained?(given: { begun: Named; trained: Named; factor: number }): Named;
  /**
   * The examples that an attacker trains on. Default: its own.
   *
   * @throws RangeError where the data has nothing to attack
   */
  examples?(split: Split, facts: DataFacts): Split;
}

export const defineAttack = (attack: Attack): Attack => attack;

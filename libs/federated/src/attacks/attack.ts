/** @file An attack as a record of pure functions: what its clients do instead of what they were asked. */
import type { DataFacts, Evidence, Objective, Paper, Split } from '@rankforge/peft';
import type { Named } from '../strategy.js';

/** Facts that attackers who collude know of a round. */
export interface Collusion {
  /** Changes that each of them trained, in the order of clients; at least one. */
  changes: readonly Named[];
  /** Clients that take part in the round, attackers among them. */
  participants: number;
  factor: number;
}

export interface Attack {
  /** Registry name; the name of the file. */
  name: string;
  title: string;
  paper?: Paper;
  /** Omitted: nothing is claimed to be that of a paper. */
  evidence?: Evidence;
  /** One sentence for people who choose. */
  summary: string;
  /** Why examples of an objective cannot be attacked so, as the rest of a sentence that begins with its name. Default: all can. */
  unfit?(objective: Objective): string | undefined;
  /** Tensors that are sent as trained in place of those that were. Default: those that were trained. */
  trained?(given: { begun: Named; trained: Named; factor: number }): Named;
  /** The change that all attackers of a round send, once each has trained. Default: each sends its own. */
  together?(given: Collusion): Named;
  /**
   * The examples that an attacker trains on. Default: its own.
   *
   * @throws RangeError where the data has nothing to attack
   */
  examples?(split: Split, facts: DataFacts): Split;
}

export const defineAttack = (attack: Attack): Attack => attack;

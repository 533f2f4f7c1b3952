/** @file What a federation comes to. */
import type { MemoryPart, MemoryParts, Metrics } from '@rankforge/peft';
import type { Driven } from '@rankforge/peft/extension';
import type { CountedTraffic } from './counted.js';
import type { RoundRecord } from './federation.js';

export interface FederationResult {
  /** `waiting`: for turns that clients take in other processes. */
  outcome: Driven['outcome'] | 'waiting';
  /** Rounds done, those before `resume` included. */
  rounds: number;
  history: readonly RoundRecord[];
  /** Bytes of all messages, those before the first round included. */
  bytes: CountedTraffic;
  /** Bytes before the first round: what is frozen, and gradients that first values are made of. */
  setUp: CountedTraffic;
  /** Names of the clients that attacked. */
  attackers: string[];
  /** Scores on validation after the last round; only where the federation completed. */
  validation?: Metrics;
  /**
   * The global adapter, of the base that was given; where clients merged updates into theirs it has the rank of all of them. Or, where
   * each client trains alone, the adapters of clients by name. Absent where nothing was trained.
   */
  adapter?: Uint8Array;
  adapters?: Record<string, Uint8Array>;
  /** Spent by clients and the server, before `resume` too. */
  seconds: number;
  /** Measured: what was held at the peak of any client's training. */
  peak: MemoryParts;
  /** The part that holds most of the peak, where it is above the budget. */
  overBudget?: { part: MemoryPart; bytes: number; budgetBytes: number };
  /** To resume from, where it was stopped or waits: the last round that was done whole. */
  checkpoint?: Uint8Array;
  /** The turns that it waits for: a round, 0-based, and the places of its clients. */
  awaits?: { round: number; clients: readonly number[] };
}

import type { TrialKindRecord } from './record.js';

/** Trains one client of a federation for one round, and leaves its message. */
export const clientTurn = {
  name: 'client-turn',
  proposed: false,
  trains: false,
  folded: true,
  readsTest: false,
  takesAdapter: false,
  title: "A client's turn in a round",
  mark: 'client',
} as const satisfies TrialKindRecord;

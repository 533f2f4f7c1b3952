import { clientTurn } from './client-turn.js';
import type { TrialKindRecord } from './record.js';
import { score } from './score.js';

/** Aggregates the rounds of a federation whose clients train as trials of their own, and waits for these between its attempts. */
export const aggregate = {
  name: 'aggregate',
  proposed: true,
  trains: true,
  skipsSteps: true,
  readsTest: false,
  takesAdapter: false,
  scoredBy: score.name,
  parts: clientTurn.name,
} as const satisfies TrialKindRecord;

import type { TrialKindRecord } from './record.js';
import { score } from './score.js';

/** Trains by rounds of clients that take turns in one process, and reads validation only. */
export const federate = {
  name: 'federate',
  proposed: true,
  trains: true,
  skipsSteps: true,
  readsTest: false,
  takesAdapter: false,
  scoredBy: score.name,
} as const satisfies TrialKindRecord;

import { evaluateTest } from './evaluate-test.js';
import type { TrialKindRecord } from './record.js';

/** Scores a procedure on validation. */
export const evaluate = {
  name: 'evaluate',
  proposed: true,
  trains: false,
  readsTest: false,
  takesAdapter: false,
  scoredBy: evaluateTest.name,
} as const satisfies TrialKindRecord;

import type { TrialKindRecord } from './record.js';

/** Reads the test split once for a chosen configuration of a procedure. */
export const evaluateTest = {
  name: 'evaluate-test',
  proposed: false,
  trains: false,
  readsTest: true,
  takesAdapter: false,
  title: 'Test score of a procedure',
  mark: 'test',
} as const satisfies TrialKindRecord;

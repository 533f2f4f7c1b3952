import type { TrialKindRecord } from './record.js';

/** Reads the test split once for a chosen configuration of a method that trains nothing. */
export const baselineTest = {
  name: 'baseline-test',
  proposed: false,
  trains: false,
  readsTest: true,
  takesAdapter: false,
  title: 'Test score of a method that trains nothing',
  mark: 'test',
} as const satisfies TrialKindRecord;

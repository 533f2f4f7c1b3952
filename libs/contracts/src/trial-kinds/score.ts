import type { TrialKindRecord } from './record.js';

/** Reads the test split once for a chosen configuration. */
export const score = {
  name: 'score',
  proposed: false,
  trains: false,
  readsTest: true,
  takesAdapter: true,
  title: 'Test score of a chosen configuration',
  mark: 'test',
} as const satisfies TrialKindRecord;

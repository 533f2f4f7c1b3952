import { baselineTest } from './baseline-test.js';
import type { TrialKindRecord } from './record.js';

/** Scores a method that trains nothing on validation. */
export const baseline = {
  name: 'baseline',
  proposed: true,
  trains: false,
  readsTest: false,
  takesAdapter: false,
  scoredBy: baselineTest.name,
} as const satisfies TrialKindRecord;

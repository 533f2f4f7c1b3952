import { clientScore } from './client-score.js';
import type { TrialKindRecord } from './record.js';

/** Reads the test split once for a chosen configuration, or joins what sites scored of it where the examples lie with them. */
export const score = {
  name: 'score',
  proposed: false,
  trains: false,
  readsTest: true,
  takesAdapter: true,
  parts: clientScore.name,
  title: 'Test score of a chosen configuration',
  mark: 'test',
} as const satisfies TrialKindRecord;

import type { TrialKindRecord } from './record.js';

/** Scores the test examples of one site where they lie, and leaves the scores. */
export const clientScore = {
  name: 'client-score',
  proposed: false,
  trains: false,
  folded: true,
  readsTest: false,
  takesAdapter: true,
  title: "A site's scores on its test examples",
  mark: 'site',
} as const satisfies TrialKindRecord;

import type { TrialKindRecord } from './record.js';

/** Reads the test split once for a chosen configuration. */
export const score: TrialKindRecord<'score'> = { name: 'score', trains: false, readsTest: true };

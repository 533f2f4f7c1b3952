import type { TrialKindRecord } from './record.js';
import { score } from './score.js';

/** Fits a configuration and reads validation only. */
export const train = {
  name: 'train',
  proposed: true,
  trains: true,
  readsTest: false,
  takesAdapter: false,
  scoredBy: score.name,
} as const satisfies TrialKindRecord;

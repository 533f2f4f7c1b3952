import { commandTest } from './command-test.js';
import type { TrialKindRecord } from './record.js';

/** Runs the program of a sweep with a configuration. Its steps are its own, and what it leaves is a file of scores. */
export const command = {
  name: 'command',
  proposed: true,
  trains: false,
  readsTest: false,
  takesAdapter: false,
  scoredBy: commandTest.name,
} as const satisfies TrialKindRecord;

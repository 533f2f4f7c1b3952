import type { TrialKindRecord } from './record.js';

/** Reads the test scores that the program of a chosen configuration left, which nobody has read before. */
export const commandTest = {
  name: 'command-test',
  proposed: false,
  trains: false,
  readsTest: true,
  takesAdapter: true,
  title: 'Test score of a script',
  mark: 'test',
} as const satisfies TrialKindRecord;

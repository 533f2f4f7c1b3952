import type { TrialKindRecord } from './record.js';

/** Fits a configuration and reads validation only. */
export const train: TrialKindRecord<'train'> = { name: 'train', trains: true, readsTest: false };

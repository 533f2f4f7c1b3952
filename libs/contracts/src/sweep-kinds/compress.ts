import type { SweepKindRecord } from './record.js';

export const compress: SweepKindRecord<'compress'> = {
  name: 'compress',
  label: 'Compress',
  boardLabel: 'Compression',
  says: 'Makes the base model smaller, with and without recovery training.',
  purpose: 'make a base model smaller, and recover it',
  wholeModel: true,
  drawsWeights: false,
  makesSmaller: true,
  configurationsCompete: true,
};

import { unique, whole } from '../bounds.js';
import { train } from '../trial-kinds/train.js';
import type { SweepKindRecord } from './record.js';

export const compress = {
  name: 'compress',
  label: 'Compress',
  boardLabel: 'Compression',
  says: 'Makes the base model smaller, with and without recovery training.',
  purpose: 'make a base model smaller, and recover it',
  fields: {
    recoverySteps: {
      schema: unique(whole(0, 1_000_000)).optional().meta({
        description:
          'Of a compression: optimizer steps after it, in place of `training.steps`; 0 is without recovery. Each is a row of the board. Default: 0.',
      }),
      instead: 'set training.steps',
    },
  },
  trial: train.name,
  methods: ['compress'],
  wholeModel: true,
  makesSmaller: true,
  configurationsCompete: true,
} as const satisfies SweepKindRecord;

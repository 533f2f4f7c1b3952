import { z } from 'zod';
import { train } from '../trial-kinds/train.js';
import type { SweepKindRecord } from './record.js';

/** Where the weights of a pretraining come from: those of the base model, or first values drawn from the trial's seed. */
export const InitialWeights = z.enum(['base', 'random']);
export type InitialWeights = z.infer<typeof InitialWeights>;

export const pretrain = {
  name: 'pretrain',
  label: 'Pretrain',
  boardLabel: 'Pretraining',
  says: 'Trains the whole model on next tokens.',
  purpose: 'train a whole model on next tokens, from scratch or further',
  fields: {
    initial: {
      schema: InitialWeights.optional().meta({
        description: "Of a pretraining: what it starts from. Default: weights drawn from the trial's seed.",
      }),
    },
  },
  trial: train.name,
  methods: ['pretrain'],
  wholeModel: true,
  makesSmaller: false,
  configurationsCompete: false,
} as const satisfies SweepKindRecord;

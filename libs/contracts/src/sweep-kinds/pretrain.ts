import type { SweepKindRecord } from './record.js';

export const pretrain: SweepKindRecord<'pretrain'> = {
  name: 'pretrain',
  label: 'Pretrain',
  boardLabel: 'Pretraining',
  says: 'Trains the whole model on next tokens.',
  purpose: 'train a whole model on next tokens, from scratch or further',
  wholeModel: true,
  drawsWeights: true,
  makesSmaller: false,
  configurationsCompete: false,
};

import type { SweepKindRecord } from './record.js';

export const finetune: SweepKindRecord<'finetune'> = {
  name: 'finetune',
  label: 'Fine-tune',
  boardLabel: 'Fine-tuning',
  says: 'Adapts the base model to the task.',
  purpose: 'adapt a base model to a task',
  wholeModel: false,
  drawsWeights: false,
  makesSmaller: false,
  configurationsCompete: false,
};

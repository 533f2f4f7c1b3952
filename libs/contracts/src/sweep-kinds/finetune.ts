import { baseline } from '../trial-kinds/baseline.js';
import { train } from '../trial-kinds/train.js';
import { generatorField } from './generator-field.js';
import type { SweepKindRecord } from './record.js';

export const finetune = {
  name: 'finetune',
  label: 'Fine-tune',
  boardLabel: 'Fine-tuning',
  says: 'Adapts the base model to the task.',
  purpose: 'adapt a base model to a task',
  fields: { generator: generatorField },
  trial: train.name,
  baseline: baseline.name,
  methods: ['finetune', 'baseline'],
  wholeModel: false,
  makesSmaller: false,
  configurationsCompete: false,
  onRunners: true,
} as const satisfies SweepKindRecord;

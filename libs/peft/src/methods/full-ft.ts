/** @file Full fine-tuning: every weight of the base model is trained. The reference all other methods are held against. */
import { z } from 'zod';
import { defineMethod } from '../method.js';

export const fullFt = defineMethod({
  name: 'full-ft',
  title: 'Full fine-tuning',
  evidence: { level: 'full' },
  purposes: ['finetune', 'pretrain'],
  summary: 'Trains every weight: the upper reference in quality and the most memory.',
  parameterFormula: 'in·out + out',
  memoryFormula: '3·trained + rows·in',
  config: z.strictObject({}),
  usesRank: false,
  startsAtBase: true,
  trainsBase: () => true,
  learningRates: [1e-4, 3e-4, 1e-3],
});

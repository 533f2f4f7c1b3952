import { z } from 'zod';
import { defineMethod } from '../method.js';

/** A method that leaves the base as it is. */
export const untouched = defineMethod({
  name: 'base',
  title: 'Base model',
  evidence: { level: 'full' },
  summary: 'The base model as it is.',
  parameterFormula: '0',
  memoryFormula: '0',
  config: z.strictObject({}),
  usesRank: false,
  startsAtBase: true,
  learningRates: [],
});

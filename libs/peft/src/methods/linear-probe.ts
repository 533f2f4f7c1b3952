/** @file Linear probing: the base is frozen and carries nothing; the head of the task is all that is trained. */
import { z } from 'zod';
import { defineMethod } from '../method.js';

export const linearProbe = defineMethod({
  name: 'linear-probe',
  title: 'Linear probing',
  evidence: { level: 'full' },
  summary: 'Trains the head of the task on frozen features: the lower reference, for tasks that have a head.',
  parameterFormula: '0',
  memoryFormula: '0',
  config: z.strictObject({}),
  usesRank: false,
  lowerReference: true,
  startsAtBase: true,
  learningRates: [1e-3, 3e-3, 1e-2],
});

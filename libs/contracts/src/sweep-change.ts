/** @file Changes of a sweep that was created: how soon it runs, and what more it tries. */
import { z } from 'zod';
import { whole } from './bounds.js';

export const ChangePriority = z
  .strictObject({ priority: whole(0, 100).meta({ description: 'Larger runs first.' }) })
  .meta({ id: 'ChangePriority' });
export type ChangePriority = z.infer<typeof ChangePriority>;

const values = (value: z.ZodNumber) => z.array(value).min(1).max(256).optional();

/** Values to add to the axes of a sweep; one that an axis has already changes nothing. */
export const ExtendSweep = z
  .strictObject({
    seed: values(whole(0)),
    rank: values(whole(1, 65_536)).meta({
      description: 'For the methods that have no ranks of their own in the request.',
    }),
    learningRate: values(z.number().positive().max(100)).meta({
      description: 'For the methods that have no learning rates of their own in the request.',
    }),
    memoryBudgetMiB: values(
      z
        .number()
        .positive()
        .max(2 ** 20),
    ),
  })
  .refine((more) => Object.values(more).some((list) => list !== undefined), {
    error: 'name at least one of seed, rank, learningRate, memoryBudgetMiB',
  })
  .meta({ id: 'ExtendSweep' });
export type ExtendSweep = z.infer<typeof ExtendSweep>;

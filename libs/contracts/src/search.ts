/** @file How a sweep looks for good configurations: what is tried next, and how far each is trained. */
import { z } from 'zod';
import { whole } from './bounds.js';

/** A sweep that expands beyond this many trials is refused with the count. */
export const maxTrialsPerSweep = 100_000;

const Seed = whole(0).default(0);

const scale = z
  .enum(['log', 'linear'])
  .default('log')
  .meta({ description: 'Whether equal ratios or equal differences are equally likely.' });

/** An axis that a sampler may take any value of. */
export const rangeOf = (bound: z.ZodNumber) =>
  z
    .strictObject({ min: bound, max: bound, scale })
    .refine(({ min, max }) => min < max, { path: ['max'], error: 'must be above min' });

export type Range = z.infer<ReturnType<typeof rangeOf>>;

const trialsOfEach = whole(1, 10_000).meta({
  description: 'Configurations of each method, the same number for all; each runs with every seed and budget.',
});

export const Search = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('grid') }),
    z.strictObject({
      kind: z.literal('random'),
      trials: whole(1, maxTrialsPerSweep).meta({
        description: 'Configurations drawn without replacement from the grid; each runs with every seed and budget.',
      }),
      seed: Seed,
    }),
    z.strictObject({ kind: z.literal('sobol'), trials: trialsOfEach, seed: Seed }),
    z.strictObject({
      kind: z.literal('tpe'),
      trials: trialsOfEach,
      seed: Seed,
      parallel: whole(1, 1000).default(4).meta({
        description: 'Configurations of a method that may train at once. More is faster and learns less from each.',
      }),
    }),
  ])
  .meta({ id: 'Search' });
export type Search = z.infer<typeof Search>;

const ladder = {
  minSteps: whole(1).meta({ description: 'Optimizer steps at which the lowest rung ends.' }),
  reduction: whole(2, 16).default(3).meta({ description: 'One of so many goes on to the next rung.' }),
  parallel: whole(1, 1000).default(8).meta({
    description: 'Configurations of a method that may train at once, so that the best go on before all have begun.',
  }),
};

export const Scheduler = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('asha'), ...ladder }),
    z.strictObject({ kind: z.literal('hyperband'), ...ladder }),
    z.strictObject({
      kind: z.literal('median'),
      startupTrials: whole(1).default(5).meta({
        description: 'Trainings of a method that must have ended before any of it is stopped.',
      }),
      warmupSteps: whole(0).default(0).meta({ description: 'Steps before which none is stopped.' }),
      minTrials: whole(1).default(3).meta({
        description: 'Ended trainings that must have been evaluated at the same step.',
      }),
    }),
  ])
  .meta({ id: 'Scheduler' });
export type Scheduler = z.infer<typeof Scheduler>;

/** @file How well a training from clicks found how much each place of a list is looked at. */
import { z } from 'zod';
import { defineMeasure, mean, reported } from './measure.js';

/** Chances that a place is looked at, over that of the first place. */
export const Propensities = z
  .object({
    estimated: z.array(z.number()),
    true: z.array(z.number()).meta({ description: 'As the clicks were simulated.' }),
  })
  .meta({ id: 'Propensities' });
export type Propensities = z.infer<typeof Propensities>;

export const propensityError = defineMeasure({
  name: 'propensityError',
  title: 'Propensity error',
  hint: 'Largest error of the learned chances that places are looked at, relative to the true ones, where clicks are simulated.',
  unit: 'share',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: { propensities: Propensities.meta({ description: 'Of a training from clicks that learns them.' }) },
  of({ training }) {
    const found = reported<Propensities>(training, 'propensities');
    return found && Math.max(...found.estimated.map((chance, place) => Math.abs(chance / found.true[place]! - 1)));
  },
  combine: mean,
  on: 'some',
  line: { title: 'prop. error' },
  column: { id: 'propensity-error', priority: 2 },
});

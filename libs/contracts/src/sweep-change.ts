/** @file Changes of a sweep that was created: how soon it runs, and what more it tries. */
import { z } from 'zod';
import { whole } from './bounds.js';
import { type SweepAxis, sweepAxes, sweepAxisNames } from './sweep-axes.js';

export const ChangePriority = z
  .strictObject({ priority: whole(0, 100).meta({ description: 'Larger runs first.' }) })
  .meta({ id: 'ChangePriority' });
export type ChangePriority = z.infer<typeof ChangePriority>;

const further = (name: SweepAxis) => {
  const { value, label, ofMethods } = sweepAxes[name];
  const values = z.array(value).min(1).max(256).optional();
  return ofMethods
    ? values.meta({ description: `For the methods that have no ${label} of their own in the request.` })
    : values;
};

/** Values to add to the axes of a sweep; one that an axis has already changes nothing. */
export const ExtendSweep = z
  .strictObject(
    Object.fromEntries(sweepAxisNames.map((name) => [name, further(name)])) as Record<
      SweepAxis,
      ReturnType<typeof further>
    >,
  )
  .refine((more) => Object.values(more).some((list) => list !== undefined), {
    error: `name at least one of ${sweepAxisNames.join(', ')}`,
  })
  .meta({ id: 'ExtendSweep' });
export type ExtendSweep = z.infer<typeof ExtendSweep>;

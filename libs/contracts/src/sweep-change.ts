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

const tied = z
  .strictObject({
    seeds: whole(1, 100).optional().meta({ description: "Default: as many as the verdict of the sweep's board says." }),
  })
  .optional()
  .meta({
    description:
      'Further seeds for the row that leads the board of the completed sweep and for those tied with it, of their chosen configurations alone. The board then says that they were added after a look at it. In a request of its own.',
  });

/** Values to add to the axes of a sweep, where one that an axis has already changes nothing; or seeds for what is tied. */
export const ExtendSweep = z
  .strictObject({
    ...(Object.fromEntries(sweepAxisNames.map((name) => [name, further(name)])) as Record<
      SweepAxis,
      ReturnType<typeof further>
    >),
    tied,
  })
  .refine((more) => Object.values(more).some((list) => list !== undefined), {
    error: `name at least one of ${sweepAxisNames.join(', ')}, or tied`,
  })
  .refine((more) => more.tied === undefined || Object.values(more).filter((list) => list !== undefined).length === 1, {
    error: 'tied adds seeds to single configurations: extend the axes in a request of their own',
  })
  .meta({ id: 'ExtendSweep' });
export type ExtendSweep = z.infer<typeof ExtendSweep>;

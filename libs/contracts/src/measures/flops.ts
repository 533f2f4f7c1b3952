import { z } from 'zod';
import { defineMeasure, first, sumOfParts } from './measure.js';

/** A multiplication with an addition is two operations, as torch's counter and published figures have it. */
export const flops = defineMeasure({
  name: 'flops',
  title: 'FLOPs of a step',
  hint: 'Floating-point operations of the matrix products of a training step, predicted from shapes; those of an optimizer are left out.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  of: ({ work }) => work && 2 * (work.multiplyAdds.forward + work.multiplyAdds.backward),
  predict: ({ work }) =>
    work &&
    sumOfParts({ 'forward pass': 2 * work.multiplyAdds.forward, 'backward pass': 2 * work.multiplyAdds.backward }),
  combine: first,
  limits: true,
  withoutRank: true,
  on: 'some',
  line: { title: 'FLOPs/step' },
  column: { id: 'flops', title: 'FLOPs', priority: 2 },
});

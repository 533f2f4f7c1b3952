import { z } from 'zod';
import { defineMeasure, median, reported } from './measure.js';

/** Unlike the time of a step, it hardly depends on what else the machine computes meanwhile. */
export const stepCpuMs = defineMeasure({
  name: 'stepCpuMs',
  title: 'Processor time of a step',
  hint: 'CPU time of the trainer, all its threads together: median over steps, then over seeds. What a graphics card computes is not in it.',
  unit: 'milliseconds',
  direction: 'minimize',
  observed: true,
  schema: z.number().nonnegative(),
  reports: { stepCpuMs: z.number().nonnegative() },
  // A training of no steps reports 0.
  of: ({ training }) => reported<number>(training, 'stepCpuMs') || undefined,
  combine: median,
  on: 'some',
  line: { title: 'CPU ms/step' },
  column: { id: 'cpu', title: 'CPU a step', priority: 1 },
});

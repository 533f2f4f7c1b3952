import { defineMeasure, largest, whole } from './measure.js';

/** The first budget: a sweep trains within it, and what does not fit is a result. */
export const measuredPeakBytes = defineMeasure({
  name: 'measuredPeakBytes',
  title: 'Peak memory',
  unit: 'bytes',
  direction: 'minimize',
  observed: true,
  schema: whole,
  of: ({ measuredBytes }) => measuredBytes ?? undefined,
  combine: largest,
  limits: true,
  withoutRank: true,
  predicted: ({ predicted }) => predicted?.total ?? null,
  line: { title: 'measured', predictedTitle: 'MiB predicted' },
  column: { id: 'memory', priority: 0 },
});

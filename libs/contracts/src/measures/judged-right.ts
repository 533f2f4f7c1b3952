import { z } from 'zod';
import { defineMeasure, mean } from './measure.js';
import { reportOf } from './procedure.js';

/** The verdict of a judge over answers. */
export const judgedRight = defineMeasure({
  name: 'judgedRight',
  title: 'Judged right',
  hint: 'Share of answers that a judge took for right: its verdict, and no score.',
  unit: 'share',
  direction: 'maximize',
  schema: z.number().min(0).max(1),
  of: (known) => reportOf(known)?.judged,
  combine: mean,
  on: 'some',
  line: { title: 'judged' },
  column: { id: 'judged-right', priority: 2 },
});

/** @file What an update of a model does to single answers: those that were right and are wrong now, and the other way round. */
import { z } from 'zod';
import { defineMeasure, first, mean, reported } from './measure.js';

const Share = z.number().min(0).max(1);

/**
 * Shares of the outputs of the test split (examples, or tokens where the next one is predicted). Always
 * `after − before = positive − negative`. arXiv 2407.09435.
 */
export const Flips = z
  .object({
    outputs: z.number().int().meta({ description: 'Examples, or tokens whose loss counts.' }),
    before: Share.meta({ description: 'Of the teacher: right.' }),
    after: Share.meta({ description: 'Of the trained model: right.' }),
    negative: Share.meta({ description: 'The teacher was right and the trained model is wrong: NFR.' }),
    positive: Share.meta({ description: 'The teacher was wrong and the trained model is right.' }),
  })
  .meta({ id: 'Flips' });
export type Flips = z.infer<typeof Flips>;

export const flips = defineMeasure({
  name: 'flips',
  title: 'Negative flips',
  hint: 'Against the teacher of the trials: answers that were right and are wrong now, and the other way round.',
  unit: 'share',
  direction: 'minimize',
  schema: Flips,
  reports: { flips: Flips.meta({ description: 'Of a scoring, where the trial has a teacher.' }) },
  of: ({ scoring }) => reported<Flips>(scoring, 'flips') ?? undefined,
  combine: (values) => ({
    outputs: first(values).outputs,
    before: mean(values.map(({ before }) => before)),
    after: mean(values.map(({ after }) => after)),
    negative: mean(values.map(({ negative }) => negative)),
    positive: mean(values.map(({ positive }) => positive)),
  }),
  amount: ({ negative }) => negative,
  on: 'some',
  remark: () => 'Flips: % of answers that the teacher had right and are wrong now, and the other way round.',
  line: {
    title: 'flips',
    text: ({ negative, positive }, { number }) => `−${number(100 * negative, 3)} +${number(100 * positive, 3)}`,
  },
  column: {
    id: 'flips',
    title: 'Flips',
    priority: 2,
    cell: ({ outputs, before, after, negative, positive }, { integer }) => ({
      text: `−${percent(negative)}`,
      below: `+${percent(positive)}`,
      title: `${integer(outputs)} outputs; right before ${percent(before)}, now ${percent(after)}`,
    }),
  },
});

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

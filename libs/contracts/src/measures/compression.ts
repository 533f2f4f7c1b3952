/** @file The size of a model after a compression, and its score before. */
import { z } from 'zod';
import { Scores } from '../scores.js';
import { defineMeasure, mean, reported } from './measure.js';

const stored = z.object({
  parameters: z.number().int().meta({ description: 'Of the whole model as it is kept to be used.' }),
  bytes: z.number().meta({ description: 'In float32, but for what a method packs tighter.' }),
  base: z.object({ parameters: z.number().int(), bytes: z.number() }),
});
type Stored = z.infer<typeof stored>;

const onBoard = z
  .object({
    parameters: z.number().int().meta({ description: 'Stored by the whole compressed model.' }),
    bytes: z.number().meta({ description: 'In float32, but for what a method packs tighter.' }),
    ratio: z.number().meta({ description: 'Stored bytes of those of the base model.' }),
    before: z.number().nullable().meta({ description: 'Test score of the base model as it was.' }),
  })
  .meta({ description: 'Of a compress sweep, where the training finished.' });

export const compression = defineMeasure({
  name: 'compression',
  title: 'Stored size',
  hint: 'Bytes of the whole compressed model in float32, and their share of the base model.',
  unit: 'bytes',
  direction: 'minimize',
  schema: onBoard,
  reports: {
    stored: stored.meta({ description: 'Of a compression.' }),
    before: Scores.meta({
      description: 'Of the scoring of a compression: the test split with the base model as it was.',
    }),
  },
  of({ training, scoring, metric }) {
    const left = reported<Stored>(training, 'stored');
    return left && { ...left, before: reported<Scores>(scoring, 'before')?.[metric] ?? null };
  },
  // The same for all seeds, but where data decides the ranks.
  combine(values) {
    const bytes = mean(values.map((value) => value.bytes));
    return {
      parameters: Math.round(mean(values.map(({ parameters }) => parameters))),
      bytes,
      ratio: bytes / values[0]!.base.bytes,
      before: values.find(({ before }) => before !== null)?.before ?? null,
    };
  },
  amount: ({ bytes }) => bytes,
  limits: true,
  on: 'some',
  line: [
    { title: 'stored MiB', text: ({ bytes }, formats) => formats.bytes(bytes) },
    { title: 'of base', text: ({ ratio }, { number }) => number(ratio, 3) },
    { title: 'before', text: ({ before }, { number }) => (before === null ? '–' : number(before)) },
  ],
  column: [
    {
      id: 'stored',
      title: 'Stored',
      priority: 1,
      cell: ({ parameters, bytes, ratio }, formats) => ({
        text: formats.bytes(bytes),
        below: `${ratio.toFixed(3)} of the base`,
        title: `${formats.integer(parameters)} parameters`,
      }),
    },
    {
      id: 'before',
      title: 'Before',
      hint: 'Test score of the base model as it was.',
      priority: 1,
      cell: ({ before }, { number }) => ({ text: before === null ? '–' : number(before) }),
    },
  ],
});

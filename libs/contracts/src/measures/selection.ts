/** @file Which examples a training chose to train on, and what choosing them cost. */
import { z } from 'zod';
import { defineMeasure, mean, reported } from './measure.js';

const Selection = z
  .object({
    examples: z.array(z.int().nonnegative()).meta({ description: 'Indices of the training split, ascending.' }),
    of: z.int().positive().meta({ description: 'Examples of the training split.' }),
    shares: z
      .record(z.string(), z.record(z.string(), z.number()))
      .meta({ description: 'Of each field, and of the class: the share of the chosen examples that has each value.' }),
  })
  .meta({ id: 'Selection' });
type Selection = z.infer<typeof Selection>;

export const chosenExamples = defineMeasure({
  name: 'chosenExamples',
  title: 'Chosen examples',
  hint: 'Training examples that a recipe chose to train on.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: { selection: Selection.meta({ description: 'Of a training whose recipe chooses its examples.' }) },
  of: ({ training }) => reported<Selection>(training, 'selection')?.examples.length,
  combine: mean,
  on: 'some',
  line: { title: 'chosen' },
  column: { id: 'chosen-examples', priority: 2 },
});

export const selectionGradients = defineMeasure({
  name: 'selectionGradients',
  title: 'Gradients to choose',
  hint: 'Examples whose loss was differentiated to choose what is trained on, beside those of steps.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: {
    selectionGradients: z
      .int()
      .nonnegative()
      .meta({ description: 'Of a training whose recipe chooses its examples by gradients.' }),
  },
  of: ({ training }) => reported<number>(training, 'selectionGradients'),
  combine: mean,
  on: 'some',
  line: { title: 'gradients' },
  column: { id: 'selection-gradients', priority: 2 },
});

export const transportCost = defineMeasure({
  name: 'transportCost',
  title: 'Transport cost',
  hint: 'What it costs to transport the chosen examples to those of the target, by distances of whitened gradients: 0 to 2.',
  unit: 'count',
  direction: 'minimize',
  schema: z.number().nonnegative(),
  reports: {
    transportCost: z
      .number()
      .nonnegative()
      .meta({ description: 'Of a training whose recipe chooses its examples by gradients.' }),
  },
  of: ({ training }) => reported<number>(training, 'transportCost'),
  combine: mean,
  on: 'some',
  line: { title: 'transport' },
  column: { id: 'transport-cost', priority: 2 },
});

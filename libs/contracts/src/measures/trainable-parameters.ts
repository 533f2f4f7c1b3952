import { defineMeasure, first, reported, sumOfParts, whole } from './measure.js';

export const trainableParameters = defineMeasure({
  name: 'trainableParameters',
  title: 'Trained parameters',
  hint: 'Trained parameters.',
  unit: 'count',
  direction: 'minimize',
  schema: whole,
  reports: { trainableParameters: whole },
  of: ({ training }) => reported<number>(training, 'trainableParameters'),
  predict: ({ trained: { adapters, base } }) => sumOfParts({ adapters, 'tensors of the base': base }),
  combine: first,
  limits: true,
  withoutRank: true,
  line: { title: 'trained' },
  column: {
    id: 'trained',
    title: 'Trained',
    priority: 1,
    cell: (value, formats) => ({ text: formats.count(value), title: formats.integer(value) }),
  },
});

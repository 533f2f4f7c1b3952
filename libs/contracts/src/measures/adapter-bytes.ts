import { defineMeasure, first, reported, whole } from './measure.js';

export const adapterBytes = defineMeasure({
  name: 'adapterBytes',
  title: 'Adapter',
  hint: 'Bytes stored.',
  unit: 'bytes',
  direction: 'minimize',
  schema: whole,
  of: ({ training }) => reported<number>(training, 'adapterBytes'),
  combine: first,
  limits: true,
  column: { id: 'adapter', priority: 2 },
});

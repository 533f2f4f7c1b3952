import { defineMeasure, first, reported, whole } from './measure.js';

export const adapterBytes = defineMeasure({
  name: 'adapterBytes',
  title: 'Size of the adapter',
  hint: 'Bytes stored.',
  unit: 'bytes',
  direction: 'minimize',
  schema: whole,
  reports: { adapterBytes: whole },
  of: ({ training }) => reported<number>(training, 'adapterBytes'),
  combine: first,
  limits: true,
  column: { id: 'adapter', title: 'Adapter', priority: 2 },
});

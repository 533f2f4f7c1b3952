/** @file Answers about trials that are computed beside the API. */
import { ComparedExamples, type ExamplesQuery } from '@rankforge/contracts';
import { computation } from '../platform/computation.js';
import { ComparedExamplesReader } from './examples/compared-examples.js';

export const examplesComputation = computation({
  name: 'examples',
  words: { thing: 'comparison of examples', done: 'made' },
  advice: 'ask for fewer trials',
  by: ComparedExamplesReader,
  schema: ComparedExamples,
  run: (reader, { query, projectId }: { query: ExamplesQuery; projectId: string }) => reader.compare(query, projectId),
});

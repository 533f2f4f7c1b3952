/** @file Answers about trials that are computed beside the API. */
import {
  AnswerPage,
  type AnswersQuery,
  ComparedExamples,
  type ExamplesQuery,
  type MetricQuery,
  MetricSeriesList,
  PlacesPage,
  type PlacesQuery,
  type TrialExportQuery,
  WrittenTextPage,
  type WrittenTextsQuery,
} from '@rankforge/contracts';
import { computation } from '../platform/computation.js';
import { ComparedExamplesReader } from './examples/compared-examples.js';
import { TrialsService } from './trials.service.js';

interface TrialAsked<Query> {
  id: string;
  query: Query;
}

const reading = (thing: string) =>
  ({
    lane: 'short',
    words: { thing: `${thing} of the trial`, done: 'read' },
    advice: 'ask for fewer at once',
    by: TrialsService,
  }) as const;

export const metricsComputation = computation({
  ...reading('series'),
  name: 'metrics',
  schema: MetricSeriesList,
  run: (trials, { id, query: { name, maxPoints } }: TrialAsked<MetricQuery>) =>
    trials.metrics(id, name === undefined ? undefined : [name].flat(), maxPoints),
});

export const answersComputation = computation({
  ...reading('answers'),
  name: 'answers',
  schema: AnswerPage,
  run: (trials, { id, query }: TrialAsked<AnswersQuery>) => trials.answers(id, query),
});

export const textsComputation = computation({
  ...reading('texts'),
  name: 'texts',
  schema: WrittenTextPage,
  run: (trials, { id, query }: TrialAsked<WrittenTextsQuery>) => trials.texts(id, query),
});

export const placesComputation = computation({
  ...reading('places'),
  name: 'places',
  schema: PlacesPage,
  run: (trials, { id, query }: TrialAsked<PlacesQuery>) => trials.places(id, query),
});

export const exportComputation = computation({
  ...reading('export'),
  name: 'export',
  run: async (trials, { id, query }: TrialAsked<TrialExportQuery>) => (await trials.export(id, query))(),
  write: (text) => ({ text, facts: {} }),
});

export const examplesComputation = computation({
  name: 'examples',
  lane: 'long',
  words: { thing: 'comparison of examples', done: 'made' },
  advice: 'ask for fewer trials',
  by: ComparedExamplesReader,
  schema: ComparedExamples,
  run: (reader, { query, projectId }: { query: ExamplesQuery; projectId: string }) => reader.compare(query, projectId),
});

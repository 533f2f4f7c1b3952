/** @file Trials: pages of a sweep, one trial, its series and log, the curves of a sweep. */
import {
  type AdapterFormat,
  AnswerPage,
  type AnswersQuery,
  ComparedExamples,
  type CurvesQuery,
  type ExamplesQuery,
  MetricSeriesList,
  PlacesPage,
  SweepCurves,
  TrialDetail,
  TrialLog,
  TrialPage,
  type TrialQuery,
  type TrialState,
  WrittenTextPage,
  type WrittenTextsQuery,
} from '@rankforge/contracts';
import { infiniteQueryOptions, type QueryKey, queryOptions } from '@tanstack/react-query';
import { download, request } from './client.js';

export const trialKeys = {
  all: ['trials'] as const,
  found: ['trials', 'found'] as const,
  lists: (sweepId: string) => ['trials', 'list', sweepId] as const,
  curves: (sweepId: string) => ['trials', 'curves', sweepId] as const,
  allExamples: ['trials', 'examples'] as const,
  examples: (ids: readonly string[]) => ['trials', 'examples', ids.join(' ')] as const,
  one: (id: string) => ['trials', 'one', id] as const,
  turns: (id: string) => ['trials', 'one', id, 'turns'] as const,
  answers: (id: string) => ['trials', 'one', id, 'answers'] as const,
  places: (id: string) => ['trials', 'one', id, 'places'] as const,
  texts: (id: string) => ['trials', 'one', id, 'texts'] as const,
};

/** Whether a key is of the turns of some trial, whose id it has in its third place. */
export const isTurnsKey = (key: QueryKey): key is ReturnType<typeof trialKeys.turns> =>
  key.length === 4 && key[1] === 'one' && key[3] === 'turns';

/** What the trials table asks for; the rest of `TrialQuery` is paging. */
export type TrialFilter = Partial<Pick<TrialQuery, 'kind' | 'method' | 'optimizer' | 'rank' | 'seed' | 'sort'>> & {
  state?: TrialState[] | undefined;
};

/** Keeps what was read of the same sweep, or trials, until the answer to another choice is there. Keys have these in their third place. */
const keepOfSame =
  (same: string) =>
  <T>(before: T | undefined, query: { queryKey: QueryKey } | undefined): T | undefined =>
    query?.queryKey[2] === same ? before : undefined;

const pageSize = 500;

export function trialListQuery(sweepId: string, filter: TrialFilter) {
  return infiniteQueryOptions({
    queryKey: [...trialKeys.lists(sweepId), filter],
    queryFn: ({ pageParam, signal }) =>
      request(TrialPage, '/trials', { query: { sweepId, ...filter, limit: pageSize, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepOfSame(sweepId),
  });
}

/** The trials of all sweeps that a filter finds, those that changed last first. */
export function foundTrialsQuery(filter: TrialFilter, limit: number) {
  return queryOptions({
    queryKey: [...trialKeys.found, filter, limit],
    queryFn: async ({ signal }) =>
      (await request(TrialPage, '/trials', { query: { ...filter, sort: '-updatedAt', limit }, signal })).items,
  });
}

/** The trials of a sweep that changed last, newest first. */
export async function lastChangedTrials(sweepId: string, limit: number) {
  return (await request(TrialPage, '/trials', { query: { sweepId, sort: '-updatedAt', limit } })).items;
}

export function trialQuery(id: string) {
  return queryOptions({
    queryKey: trialKeys.one(id),
    queryFn: ({ signal }) => request(TrialDetail, `/trials/${id}`, { signal }),
  });
}

const answersOnPage = 10;

/** Answers of a procedure, page by page. */
export function trialAnswersQuery(id: string, sort: AnswersQuery['sort']) {
  return infiniteQueryOptions({
    queryKey: [...trialKeys.answers(id), sort],
    queryFn: ({ pageParam: from, signal }) =>
      request(AnswerPage, `/trials/${id}/answers`, { query: { from, limit: answersOnPage, sort }, signal }),
    initialPageParam: 0,
    getNextPageParam: ({ kept }, pages) => nextOf(kept, pages.length * answersOnPage),
  });
}

/** Where the next page begins, where there is one. */
const nextOf = (all: number, shown: number) => (shown < all ? shown : undefined);

const textsOnPage = 10;

/** Texts that a generator wrote for a training, page by page. */
export function trialTextsQuery(id: string, only: WrittenTextsQuery['only']) {
  return infiniteQueryOptions({
    queryKey: [...trialKeys.texts(id), only],
    queryFn: ({ pageParam: from, signal }) =>
      request(WrittenTextPage, `/trials/${id}/texts`, { query: { from, limit: textsOnPage, only }, signal }),
    initialPageParam: 0,
    getNextPageParam: ({ found }, pages) => nextOf(found, pages.length * textsOnPage),
  });
}

/** How often which of several trials are right on test examples, without the examples. */
export function exampleCountsQuery(ids: readonly string[]) {
  return queryOptions({
    queryKey: [...trialKeys.examples(ids), 'counts'],
    queryFn: ({ signal }) =>
      request(ComparedExamples, '/trials/examples', { query: { trial: [...ids], limit: 0 }, signal }),
  });
}

const examplesOnPage = 10;

/** Test examples of several trials, page by page. */
export function comparedExamplesQuery(ids: readonly string[], choice: Pick<ExamplesQuery, 'which' | 'ahead'>) {
  return infiniteQueryOptions({
    queryKey: [...trialKeys.examples(ids), choice],
    queryFn: ({ pageParam: from, signal }) =>
      request(ComparedExamples, '/trials/examples', {
        query: { trial: [...ids], ...choice, from, limit: examplesOnPage },
        signal,
      }),
    initialPageParam: 0,
    getNextPageParam: ({ compared }, pages) => nextOf(compared?.found ?? 0, pages.length * examplesOnPage),
    placeholderData: keepOfSame(ids.join(' ')),
  });
}

const queriesOnPage = 10;

/** Places of the documents of a trial that count, queries page by page. */
export function trialPlacesQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: trialKeys.places(id),
    queryFn: ({ pageParam: from, signal }) =>
      request(PlacesPage, `/trials/${id}/places`, { query: { from, limit: queriesOnPage }, signal }),
    initialPageParam: 0,
    getNextPageParam: ({ kept }, pages) => nextOf(kept, pages.length * queriesOnPage),
  });
}

/** The turns of clients of a federation that changed last, newest first. */
export function trialTurnsQuery(id: string) {
  return queryOptions({
    queryKey: trialKeys.turns(id),
    queryFn: async ({ signal }) =>
      request(TrialPage, '/trials', { query: { partOf: id, sort: '-ordinal', limit: 200 }, signal }),
  });
}

export function trialMetricsQuery(id: string) {
  return queryOptions({
    queryKey: [...trialKeys.one(id), 'metrics'],
    queryFn: async ({ signal }) =>
      (await request(MetricSeriesList, `/trials/${id}/metrics`, { query: { maxPoints: 500 }, signal })).series,
  });
}

export function trialLogQuery(id: string) {
  return queryOptions({
    queryKey: [...trialKeys.one(id), 'log'],
    queryFn: async ({ signal }) => (await request(TrialLog, `/trials/${id}/log`, { signal })).lines,
  });
}

/** @param keep of a series of more points than a picture has room for; only means may be averaged over trials */
export function sweepCurvesQuery(sweepId: string, metric: string, keep: CurvesQuery['keep'] = 'means') {
  return queryOptions({
    queryKey: [...trialKeys.curves(sweepId), metric, keep],
    queryFn: ({ signal }) =>
      request(SweepCurves, `/sweeps/${sweepId}/curves`, { query: { metric, maxPoints: 120, keep }, signal }),
    placeholderData: keepOfSame(sweepId),
  });
}

export function downloadAdapter(trialId: string, format: AdapterFormat): Promise<{ blob: Blob; name: string }> {
  return download(`/trials/${trialId}/adapter`, { query: { format }, headers: { accept: '*/*' } });
}

export function downloadArtifact(artifactId: string): Promise<{ blob: Blob; name: string }> {
  return download(`/artifacts/${artifactId}`, { headers: { accept: '*/*' } });
}

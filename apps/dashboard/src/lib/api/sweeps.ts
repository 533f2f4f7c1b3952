/** @file Sweeps: list, one, preview, create, steer. */
import {
  type ChangeSweep,
  type CreateSweepInput,
  type ExtendSweep,
  type ReportFormat,
  type SweepAction,
  SweepActionResult,
  SweepDependencies,
  SweepDetail,
  SweepPage,
  SweepPreview,
  type SweepQuery,
  SweepRemoval,
  SweepTagList,
  type SweepView,
} from '@rankforge/contracts';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { download, request } from './client.js';

export const sweepKeys = {
  all: ['sweeps'] as const,
  lists: ['sweeps', 'list'] as const,
  one: (id: string) => ['sweeps', 'one', id] as const,
};

/** How often it is asked why a sweep stands still. */
const reasonAgainMs = 10_000;

/** Whether nothing of a running sweep runs. The reason for it may come and go without any event. */
export const standsStill = ({ state, trials }: Pick<SweepView, 'state' | 'trials'>): boolean =>
  state === 'RUNNING' && trials.RUNNING === 0;

/** Filters of the list of sweeps; the rest of `SweepQuery` is paging, or asked for by no page. */
export type SweepFilter = Pick<SweepQuery, 'state' | 'search'> & { tag?: string[] | undefined };

export function sweepListQuery(filter: SweepFilter) {
  return infiniteQueryOptions({
    queryKey: [...sweepKeys.lists, filter],
    queryFn: ({ pageParam, signal }) =>
      request(SweepPage, '/sweeps', { query: { limit: 50, ...filter, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ items }) => items.some(standsStill)) ? reasonAgainMs : false,
  });
}

/** The newest sweeps that a text finds, of all without one. */
export function foundSweepsQuery(search: string, limit: number) {
  return queryOptions({
    queryKey: [...sweepKeys.lists, 'found', search, limit],
    queryFn: async ({ signal }) =>
      (await request(SweepPage, '/sweeps', { query: { limit, search: search || undefined }, signal })).items,
    placeholderData: keepPreviousData,
  });
}

export function sweepQuery(id: string) {
  return queryOptions({
    queryKey: sweepKeys.one(id),
    queryFn: ({ signal }) => request(SweepDetail, `/sweeps/${id}`, { signal }),
    refetchInterval: ({ state: { data } }) => (data && standsStill(data) ? reasonAgainMs : false),
  });
}

/** Tags of all sweeps, the most used ones first. */
export const sweepTagsQuery = queryOptions({
  queryKey: [...sweepKeys.all, 'tags'],
  queryFn: ({ signal }) => request(SweepTagList, '/sweeps/tags', { signal }),
});

/** Refreshed with the sweep itself, whose key it stands under. */
export function sweepDependenciesQuery(id: string) {
  return queryOptions({
    queryKey: [...sweepKeys.one(id), 'dependencies'],
    queryFn: ({ signal }) => request(SweepDependencies, `/sweeps/${id}/dependencies`, { signal }),
  });
}

export function previewSweep(sweep: CreateSweepInput, signal?: AbortSignal): Promise<SweepPreview> {
  return request(SweepPreview, '/sweeps/preview', { method: 'POST', body: sweep, ...(signal ? { signal } : {}) });
}

/** Sending the same `idempotencyKey` again answers with the sweep made the first time. */
export function createSweep(sweep: CreateSweepInput, idempotencyKey: string): Promise<SweepDetail> {
  return request(SweepDetail, '/sweeps', {
    method: 'POST',
    body: sweep,
    headers: { 'idempotency-key': idempotencyKey },
  });
}

/** The things that would go with a sweep; read anew whenever somebody asks. */
export const removalQuery = (id: string) =>
  queryOptions({
    queryKey: ['sweep-removal', id],
    queryFn: ({ signal }) => request(SweepRemoval, `/sweeps/${id}/removal`, { signal }),
    staleTime: 0,
    gcTime: 0,
  });

export function removeSweep(id: string): Promise<SweepRemoval> {
  return request(SweepRemoval, `/sweeps/${id}`, { method: 'DELETE' });
}

export function actOnSweep(id: string, action: SweepAction): Promise<SweepActionResult> {
  return request(SweepActionResult, `/sweeps/${id}/${action}`, { method: 'POST' });
}

/** Changes its name, its tags or its note. */
export function changeSweep(id: string, change: ChangeSweep): Promise<SweepActionResult> {
  return request(SweepActionResult, `/sweeps/${id}`, { method: 'PATCH', body: change });
}

/** Runs what has not started sooner (up to 100) or later (down to 0) than other sweeps. */
export function prioritizeSweep(id: string, priority: number): Promise<SweepActionResult> {
  return request(SweepActionResult, `/sweeps/${id}/priority`, { method: 'POST', body: { priority } });
}

/** Adds values to the axes of a sweep; those it has already change nothing. */
export function extendSweep(id: string, more: ExtendSweep): Promise<SweepActionResult> {
  return request(SweepActionResult, `/sweeps/${id}/extend`, { method: 'POST', body: more });
}

/** A report of a sweep as one file, for people who have no key. */
export function downloadReport(id: string, format: ReportFormat): Promise<{ blob: Blob; name: string }> {
  return download(`/sweeps/${id}/report`, { query: { format }, headers: { accept: '*/*' } });
}

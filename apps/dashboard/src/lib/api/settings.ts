/** @file The effect of a sweep's settings. */
import { SweepSettings } from '@rankforge/contracts';
import { type QueryKey, queryOptions } from '@tanstack/react-query';
import { request } from './client.js';

export const settingsKey = (sweepId: string): QueryKey => ['trials', 'settings', sweepId];

/** @param steps of trainings that ended at a rung; undefined for whole ones */
export function sweepSettingsQuery(sweepId: string, steps: number | undefined) {
  return queryOptions({
    queryKey: [...settingsKey(sweepId), steps ?? 'whole'],
    queryFn: ({ signal }) => request(SweepSettings, `/sweeps/${sweepId}/settings`, { query: { steps }, signal }),
    placeholderData: (before, query) => (query?.queryKey[2] === sweepId ? before : undefined),
  });
}

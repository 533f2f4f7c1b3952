/** @file Workers and their devices. */
import { WorkerList } from '@rankforge/contracts';
import { queryOptions } from '@tanstack/react-query';
import { request } from './client.js';

/** Heartbeats do not travel as events, so the list is read again every few seconds. */
export const workersQuery = queryOptions({
  queryKey: ['workers'],
  queryFn: async ({ signal }) => (await request(WorkerList, '/workers', { signal })).workers,
  refetchInterval: 3000,
});

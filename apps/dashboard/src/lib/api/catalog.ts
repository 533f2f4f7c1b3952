/** @file What can be swept over. It changes with a release only, so it is read once per visit. */
import { BaseList, MethodList, TaskList } from '@rankforge/contracts';
import { queryOptions } from '@tanstack/react-query';
import { request } from './client.js';

const staleTime = 10 * 60_000;

export const methodsQuery = queryOptions({
  queryKey: ['methods'],
  queryFn: ({ signal }) => request(MethodList, '/methods', { signal }),
  staleTime,
});

export const tasksQuery = queryOptions({
  queryKey: ['tasks'],
  queryFn: async ({ signal }) => (await request(TaskList, '/tasks', { signal })).tasks,
  staleTime,
});

export const basesQuery = queryOptions({
  queryKey: ['bases'],
  queryFn: async ({ signal }) => (await request(BaseList, '/bases', { signal })).bases,
  staleTime,
});

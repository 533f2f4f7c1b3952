/** @file What can be swept over. All but the base models changes with a release only and is read once per visit. */
import { BaseList, MethodList, ObjectiveList, TaskList } from '@rankforge/contracts';
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

export const objectivesQuery = queryOptions({
  queryKey: ['objectives'],
  queryFn: async ({ signal }) => (await request(ObjectiveList, '/objectives', { signal })).objectives,
  staleTime,
});

/** With the folders that cannot be used. */
export const baseListQuery = queryOptions({
  queryKey: ['bases'],
  queryFn: ({ signal }) => request(BaseList, '/bases', { signal }),
});

export const basesQuery = queryOptions({ ...baseListQuery, select: ({ bases }) => bases });

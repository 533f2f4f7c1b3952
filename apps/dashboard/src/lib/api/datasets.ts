/** @file Users' data sets. A file travels as a form: the request first, then the file. */
import {
  type CreateDatasetInput,
  DatasetInspection,
  DatasetList,
  DatasetPreview,
  DatasetRows,
  DatasetView,
  type InspectDataset,
  type SplitName,
} from '@rankforge/contracts';
import { queryOptions } from '@tanstack/react-query';
import { command, request } from './client.js';

export const datasetKeys = { all: ['datasets'] as const };

export const datasetsQuery = queryOptions({
  queryKey: datasetKeys.all,
  queryFn: async ({ signal }) => (await request(DatasetList, '/datasets', { signal })).datasets,
});

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: [...datasetKeys.all, id],
    queryFn: ({ signal }) => request(DatasetView, `/datasets/${id}`, { signal }),
  });

export const datasetRowsQuery = (id: string, split: SplitName) =>
  queryOptions({
    queryKey: [...datasetKeys.all, id, 'rows', split],
    queryFn: async ({ signal }) =>
      (await request(DatasetRows, `/datasets/${id}/rows`, { query: { split, limit: 20 }, signal })).rows,
    staleTime: Number.POSITIVE_INFINITY,
  });

export function inspectDataset(spec: InspectDataset, file: File | null): Promise<DatasetInspection> {
  return request(DatasetInspection, '/datasets/inspect', { method: 'POST', body: bodyOf(spec, file) });
}

export function previewDataset(spec: CreateDatasetInput, file: File | null): Promise<DatasetPreview> {
  return request(DatasetPreview, '/datasets/preview', { method: 'POST', body: bodyOf(spec, file) });
}

export function createDataset(spec: CreateDatasetInput, file: File | null): Promise<DatasetView> {
  return request(DatasetView, '/datasets', { method: 'POST', body: bodyOf(spec, file) });
}

export function deleteDataset(id: string): Promise<void> {
  return command(`/datasets/${id}`, { method: 'DELETE' });
}

function bodyOf(spec: object, file: File | null): object {
  if (!file) return spec;
  const form = new FormData();
  form.set('spec', JSON.stringify(spec));
  form.set('file', file);
  return form;
}

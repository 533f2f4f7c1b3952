/** @file Adapters that were made elsewhere. The tensors travel as a form: the request first, then the file. */
import { AdapterList, AdapterView, type CreateAdapter } from '@rankforge/contracts';
import { queryOptions } from '@tanstack/react-query';
import { command, request } from './client.js';

export const adapterKeys = { all: ['adapters'] as const };

export const adaptersQuery = queryOptions({
  queryKey: adapterKeys.all,
  queryFn: async ({ signal }) => (await request(AdapterList, '/adapters', { signal })).items,
});

export const adapterQuery = (id: string) =>
  queryOptions({
    queryKey: [...adapterKeys.all, id],
    queryFn: ({ signal }) => request(AdapterView, `/adapters/${id}`, { signal }),
  });

export function createAdapter(spec: CreateAdapter, file: File): Promise<AdapterView> {
  const form = new FormData();
  form.set('spec', JSON.stringify(spec));
  form.set('file', file);
  return request(AdapterView, '/adapters', { method: 'POST', body: form });
}

export function deleteAdapter(id: string): Promise<void> {
  return command(`/adapters/${id}`, { method: 'DELETE' });
}

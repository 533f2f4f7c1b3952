import { type CreateGenerator, GeneratorList, GeneratorView } from '@rankforge/contracts';
import { queryOptions } from '@tanstack/react-query';
import { command, request } from './client.js';

export const generatorKeys = { all: ['generators'] as const };

export const generatorsQuery = queryOptions({
  queryKey: generatorKeys.all,
  queryFn: async ({ signal }) => (await request(GeneratorList, '/generators', { signal })).generators,
});

export function createGenerator(generator: CreateGenerator): Promise<GeneratorView> {
  return request(GeneratorView, '/generators', { method: 'POST', body: generator });
}

export function deleteGenerator(id: string): Promise<void> {
  return command(`/generators/${id}`, { method: 'DELETE' });
}

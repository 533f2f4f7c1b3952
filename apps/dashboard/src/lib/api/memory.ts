/** @file How far measured memory was from the predicted one. */
import { MemoryAccuracy } from '@rankforge/contracts';
import { queryOptions } from '@tanstack/react-query';
import { request } from './client.js';

export const memoryAccuracyQuery = queryOptions({
  queryKey: ['memory-accuracy'],
  queryFn: ({ signal }) => request(MemoryAccuracy, '/memory-accuracy', { signal }),
});

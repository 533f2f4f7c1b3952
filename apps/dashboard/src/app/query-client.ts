import { QueryClient } from '@tanstack/react-query';
import { isFinal, ProblemError } from '../lib/api/client.js';

const wasRefused = (error: Error) => error instanceof ProblemError && isFinal(error.status);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      retry: (failures, error) => !wasRefused(error) && failures < 3,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

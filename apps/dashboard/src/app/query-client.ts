import { QueryClient } from '@tanstack/react-query';
import { ProblemError } from '../lib/api/client.js';

/** Answers that another try will not change. */
function isFinal(error: Error): boolean {
  return error instanceof ProblemError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      retry: (failures, error) => !isFinal(error) && failures < 3,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

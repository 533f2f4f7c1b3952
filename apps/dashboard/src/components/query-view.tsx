import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemError } from '../lib/api/client.js';
import { Failure, Loading } from './feedback.js';

interface QueryViewProps<T> {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>;
  label: string;
  children: (data: T) => ReactNode;
}

/**
 * The data of a query once it is there. Data already shown stays while a later read fails; the error stands above it, unless
 * the server is away, which the shell says once for the whole page.
 */
export function QueryView<T>({ query, label, children }: QueryViewProps<T>) {
  const retry = () => void query.refetch();
  if (query.data === undefined) {
    return query.error ? <Failure error={query.error} onRetry={retry} /> : <Loading label={label} />;
  }
  return (
    <>
      {query.error && !isUnreachable(query.error) ? <Failure error={query.error} onRetry={retry} /> : null}
      {children(query.data)}
    </>
  );
}

const isUnreachable = (error: Error) => error instanceof ProblemError && error.status === 0;

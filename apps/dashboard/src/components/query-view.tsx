import { Group, Loader, Portal, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemError } from '../lib/api/client.js';
import { Failure, Loading } from './feedback.js';
import classes from './query-view.module.css';

interface QueryViewProps<T> {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch' | 'isPlaceholderData'>;
  label: string;
  children: (data: T) => ReactNode;
}

/**
 * The data of a query once it is there. Data already shown stays while a later read fails; the error stands above it, unless
 * the server is away, which the shell says once for the whole page. The answer to another choice is dimmed until that to this
 * one is there.
 */
export function QueryView<T>({ query, label, children }: QueryViewProps<T>) {
  const retry = () => void query.refetch();
  if (query.data === undefined) {
    return query.error ? <Failure error={query.error} onRetry={retry} /> : <Loading label={label} />;
  }
  return (
    <>
      {query.error && !isUnreachable(query.error) ? <Failure error={query.error} onRetry={retry} /> : null}
      {query.isPlaceholderData ? <Reading label={label} /> : null}
      <div className={classes.content} aria-busy={query.isPlaceholderData}>
        {children(query.data)}
      </div>
    </>
  );
}

function Reading({ label }: { label: string }) {
  return (
    <Portal>
      <Group gap="xs" role="status" className={classes.reading}>
        <Loader size="xs" aria-hidden />
        <Text size="sm">
          Reading… <span className="rf-visually-hidden">{label}</span>
        </Text>
      </Group>
    </Portal>
  );
}

const isUnreachable = (error: Error) => error instanceof ProblemError && error.status === 0;

import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Failure } from '../components/feedback.js';
import { ProblemError, unreachable } from '../lib/api/client.js';
import { useConnection } from '../lib/connection.js';
import { PageCodeError, retryPages } from './lazy-page.js';

/** Stands for a page that threw while loading or drawing; what the server's absence caused is tried again when it is back. */
export function ErrorView({ error }: ErrorComponentProps) {
  const router = useRouter();
  const { isAway } = useConnection();
  const retry = () => {
    retryPages();
    void router.invalidate();
  };
  const again = useRef(retry);
  again.current = retry;
  const isOutage = error instanceof PageCodeError || (error instanceof ProblemError && error.status === 0);
  const wasAway = useRef(isAway);
  useEffect(() => {
    if (wasAway.current && !isAway && isOutage) again.current();
    wasAway.current = isAway;
  }, [isAway, isOutage]);
  return <Failure error={shown(error, isAway)} onRetry={retry} />;
}

/** The server may have been replaced by a newer one, which has no code of this page's version any more. */
function shown(error: unknown, isAway: boolean): Error {
  if (error instanceof PageCodeError) {
    if (isAway) return unreachable(error);
    return new Error('The code of this page could not be fetched. Try again; where that fails, reload the window.');
  }
  return error instanceof Error ? error : new Error(String(error));
}

import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Failure } from '../components/feedback.js';
import { ProblemError, unreachable } from '../lib/api/client.js';
import { useConnection } from '../lib/connection.js';
import { PageCodeError } from './lazy-page.js';
import { reloadOnce, reloadWindow } from './reload.js';

/** Stands for a page that threw while loading or drawing; what the server's absence caused is tried again when it is back. */
export function ErrorView({ error }: ErrorComponentProps) {
  const router = useRouter();
  const { isAway } = useConnection();
  const isOfCode = error instanceof PageCodeError;
  const isOutage = error instanceof ProblemError && error.status === 0;
  const wasAway = useRef(isAway);
  useEffect(() => {
    if (wasAway.current && !isAway && isOutage) void router.invalidate();
    if (!isAway && isOfCode) void reloadOnce();
    wasAway.current = isAway;
  }, [isAway, isOutage, isOfCode, router]);
  const retry = () => void (isOfCode ? reloadWindow() : router.invalidate());
  return <Failure error={shown(error, isAway)} onRetry={retry} />;
}

/** The server may have been replaced by a newer one, which has no code of this page's version any more. */
function shown(error: unknown, isAway: boolean): Error {
  if (error instanceof PageCodeError) {
    return isAway ? unreachable(error) : new Error('The code of this page could not be fetched. Try again.');
  }
  return error instanceof Error ? error : new Error(String(error));
}

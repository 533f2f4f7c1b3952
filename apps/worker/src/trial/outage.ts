/** @file Waits for Postgres through an outage. */
import { databaseDown } from '@rankforge/db';
import pRetry from 'p-retry';

export interface OutageOptions {
  /** No further try once it is aborted. A statement under way is waited for: what it did must be known. */
  signal?: AbortSignal;
  /** Longest outage that is waited for. */
  patienceMs?: number;
  onDown?(error: Error): void;
}

/**
 * Runs a statement, and again for as long as Postgres cannot be reached (every 0.1 to 1 s). Any other error is thrown at once.
 * The statement must be one that may be sent twice: a fenced write is.
 */
export function throughOutage<T>(statement: () => Promise<T>, options: OutageOptions = {}): Promise<T> {
  return pRetry(statement, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 100,
    maxTimeout: 1000,
    factor: 2,
    maxRetryTime: options.patienceMs ?? 10 * 60_000,
    shouldRetry: ({ error }) => databaseDown(error) && !options.signal?.aborted,
    onFailedAttempt: ({ error }) => {
      if (databaseDown(error)) options.onDown?.(error);
    },
  });
}

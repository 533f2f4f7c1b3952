/** @file Waits while files cannot be reached: a disk that is full or away for some time is not the trial's fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EndpointError } from '@rankforge/generators';
import type { Turn } from '@rankforge/peft';
import pRetry from 'p-retry';

export interface StorageWait {
  reports: { log(line: string): void };
  /** Aborts when the run must stop. */
  signal: AbortSignal;
  /** Handed to others during each pause; omitted: the work holds no turn. */
  turn?: Pick<Turn, 'away'>;
  /** Longest time that is waited. */
  patienceMs: number;
}

/**
 * Codes of a file system that may do the same later. A file that is missing is among them: a share that is being mounted, or
 * a host that serves it and restarts, looks like an empty folder.
 */
const passing = new Set([
  'ENOENT',
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EROFS',
  'ESTALE',
  'ETIMEDOUT',
  'EAGAIN',
  'EBUSY',
  'EMFILE',
  'ENFILE',
  'ENXIO',
  'ENODEV',
  'ENOTCONN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
]);

/** A worker has waited for files as long as it does. */
class OutOfPatienceError extends Error {
  override readonly name = 'OutOfPatienceError';
}

/** An endpoint's own causes are of its network, whose codes a share has, too; it was asked again as often as it is to be. */
const isOfNoFile = (error: Error): boolean => error instanceof OutOfPatienceError || error instanceof EndpointError;

/** Whether a file system gave this error, itself or as a cause, for a reason that may pass. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error) || isOfNoFile(error)) return false;
  return passing.has(String((error as NodeJS.ErrnoException).code)) || mayPass(error.cause);
}

/** Whether files could not be reached when this error was thrown, whatever was done about it. */
export const isOfStorage = (error: unknown): boolean => error instanceof OutOfPatienceError || mayPass(error);

/**
 * Does some work, and again every second or so while files that it needs cannot be reached. It says once that it waits.
 *
 * @param what begins the line of the log, e.g. `the adapter cannot be stored`
 * @param again false: the work cannot be done a second time
 * @throws what the work throws for another reason, or once the signal has aborted; when patience is at its end, an error
 *   that says how long was waited
 */
export async function throughStorageAway<T>(
  what: string,
  work: () => Promise<T>,
  { reports, signal, turn, patienceMs }: StorageWait,
  again: () => boolean = () => true,
): Promise<T> {
  const started = performance.now();
  const waited = () => performance.now() - started;
  const waits = (error: unknown) => patienceMs > 0 && !signal.aborted && mayPass(error) && again();
  let pauseMs = 125;
  const pause = () => {
    pauseMs = Math.min(2000, pauseMs * 2, Math.max(0, patienceMs - waited()));
    return sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  };
  try {
    return await pRetry(work, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      maxRetryTime: patienceMs,
      shouldRetry: ({ error }) => waits(error),
      async onFailedAttempt({ error, attemptNumber }) {
        if (!waits(error)) return;
        if (attemptNumber === 1) reports.log(`${what} (${error.message}); trying again`);
        await (turn ? turn.away(pause) : pause());
      },
    });
  } catch (cause) {
    if (!waits(cause)) throw cause;
    const seconds = Math.round(waited() / 1000);
    throw new OutOfPatienceError(
      `${(cause as Error).message}; this lasted ${seconds} s, and a worker waits no longer (RANKFORGE_STORAGE_PATIENCE_SECONDS)`,
      { cause },
    );
  }
}

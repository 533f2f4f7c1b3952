/** @file Stores what a training makes, through a time in which the store takes nothing: a full disk is not the trial's fault. */
import type { ArtifactStore, StoredArtifact } from '@rankforge/db';
import pRetry from 'p-retry';

export interface StoringTools {
  store: Pick<ArtifactStore, 'put'>;
  reports: { log(line: string): void };
  /** Aborts when the run must stop. */
  signal: AbortSignal;
  /** Longest time that is waited for the store; default 10 minutes. */
  patienceMs?: number;
}

/** Codes of a file system that may take the same bytes later. */
const passing = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ESTALE', 'ETIMEDOUT', 'EAGAIN', 'EMFILE', 'ENFILE']);

const mayPass = (error: unknown) => passing.has(String((error as NodeJS.ErrnoException).code));

/**
 * Stores a checkpoint. One that cannot be stored now is given up: the one before it stays, and training need not wait.
 *
 * @returns undefined when it was given up
 * @throws what the store throws for another reason than a file system that is full or away
 */
export async function storeCheckpoint(
  { store, reports }: StoringTools,
  bytes: Uint8Array,
  step: number,
): Promise<StoredArtifact | undefined> {
  try {
    return { ...(await store.put(bytes)), step };
  } catch (error) {
    if (!mayPass(error)) throw error;
    reports.log(`the checkpoint of step ${step} was not stored (${(error as Error).message}); training goes on`);
    return undefined;
  }
}

/**
 * Stores an adapter, the fruit of the whole training: tries again every second or so while the store is full or away.
 *
 * @returns undefined when the run was stopped meanwhile
 * @throws what the store throws for another reason, or when patience is at its end
 */
export async function storeAdapter(
  { store, reports, signal, patienceMs = 10 * 60_000 }: StoringTools,
  bytes: Uint8Array,
  step: number,
): Promise<StoredArtifact | undefined> {
  let said = false;
  try {
    const put = () => store.put(bytes);
    const stored = await pRetry(put, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 250,
      maxTimeout: 2000,
      maxRetryTime: patienceMs,
      signal,
      shouldRetry: ({ error }) => mayPass(error),
      onFailedAttempt({ error }) {
        if (!said && mayPass(error)) reports.log(`the adapter cannot be stored (${error.message}); trying again`);
        said = true;
      },
    });
    return { ...stored, step };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

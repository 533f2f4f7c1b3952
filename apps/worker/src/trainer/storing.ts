/** @file Stores what a training makes, through a time in which the store takes nothing. */
import type { ArtifactStore, StoredArtifact } from '@rankforge/db/artifacts';
import { mayPass, type StorageWait, throughStorageAway } from './storage-away.js';

export interface StoringTools extends StorageWait {
  store: Pick<ArtifactStore, 'put'>;
}

/**
 * Stores a checkpoint. One that cannot be stored now is given up: the one before it stays, and training need not wait.
 *
 * @returns undefined when it was given up
 * @throws what the store throws for another reason than a file system that is full or away
 */
export async function storeCheckpoint(
  { store, reports }: Pick<StoringTools, 'store' | 'reports'>,
  bytes: Uint8Array,
  step: number,
): Promise<StoredArtifact | undefined> {
  try {
    return { ...(await store.put(bytes)), step };
  } catch (error) {
    if (!mayPass(error)) throw error;
    const { message } = error as Error;
    reports.log(`the checkpoint of step ${step} was not stored (${message}); training goes on`);
    return undefined;
  }
}

/**
 * Stores an adapter or other fruit of a whole trial: tries again every second or so while the store is full or away.
 *
 * @returns undefined when the run was stopped meanwhile
 * @throws what the store throws for another reason, or when patience is at its end
 */
export async function storeAdapter(
  tools: StoringTools,
  bytes: Uint8Array,
  step: number,
  what = 'the adapter',
): Promise<StoredArtifact | undefined> {
  try {
    const { store, turn } = tools;
    const put = () => (turn ? turn.away(() => store.put(bytes)) : store.put(bytes));
    return { ...(await throughStorageAway(`${what} cannot be stored`, put, tools)), step };
  } catch (error) {
    if (tools.signal.aborted) return undefined;
    throw error;
  }
}

import { ArtifactError, type ArtifactStore } from '@rankforge/db';
import { type AdapterInfo, readAdapterInfo } from '@rankforge/peft';
import { stored } from '../platform/stored.js';

/**
 * Reads what a stored adapter says of itself, without its tensors.
 *
 * @param what the adapter, in words
 * @throws ProblemError `unavailable` where its file is missing or damaged
 */
export function storedInfo(store: ArtifactStore, sha256: string, what: string): Promise<AdapterInfo> {
  return stored(what, async () => {
    const path = await store.locate(sha256);
    return await readAdapterInfo(path).catch((cause: Error) => {
      throw new ArtifactError(`artifact ${sha256} has no header of an adapter: ${cause.message}`, { cause });
    });
  });
}

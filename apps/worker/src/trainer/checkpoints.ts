/** @file Checkpoints of a run: the newest that can be read, and those that are kept. */
import { ArtifactError } from '@rankforge/db/artifacts';
import type { Order } from '../trial/executor.js';
import type { Tools } from './kinds/kind.js';
import { isOfStorage, throughStorageAway } from './storage-away.js';
import { storeCheckpoint } from './storing.js';

/** Stores the state after a step, and tells of it. */
export async function keepCheckpoint(tools: Tools, bytes: Uint8Array, step: number): Promise<void> {
  const stored = await tools.turn.away(() => storeCheckpoint(tools, bytes, step));
  if (stored) tools.reports.checkpoint(stored);
}

/**
 * The newest checkpoint that can be read. One that is damaged, or still missing when patience is at its end, costs steps, not
 * the trial; patience is for all of them together.
 */
export async function readCheckpoint(
  { checkpoints }: Order,
  tools: Tools,
): Promise<{ step: number; bytes: Uint8Array } | undefined> {
  const { store, reports } = tools;
  const until = performance.now() + tools.patienceMs;
  for (const { sha256, step } of checkpoints) {
    const patienceMs = Math.max(0, until - performance.now());
    const what = `the checkpoint of step ${step} cannot be read`;
    try {
      const bytes = await throughStorageAway(what, () => store.read(sha256), { ...tools, patienceMs });
      reports.resumed(step);
      reports.log(`going on from the checkpoint of step ${step}`);
      return { step, bytes };
    } catch (error) {
      if (!(error instanceof ArtifactError || isOfStorage(error))) throw error;
      reports.log(`the checkpoint of step ${step} is of no use: ${(error as Error).message}`);
    }
  }
  return undefined;
}

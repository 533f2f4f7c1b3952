/** @file A data set in a store, as an import leaves it: a trainer opens and scores it in no time, and Moby-Dick in seconds. */
import type { ArtifactStore } from '@rankforge/db';

const sentences = ['The sea was calm.', 'A whale rose.', 'The crew cheered.', 'Night fell over the deck.'];

/** Puts it there, and gives the fields of a trial's specification that name it. */
export async function smallDataset(store: ArtifactStore): Promise<{ task: string; dataset: string }> {
  const head = { format: 'rankforge-dataset-1', objective: 'language-modelling' };
  const lines = Array.from({ length: 60 }, (_, i) => ({
    split: (['train', 'validation', 'test'] as const)[i % 3],
    row: `line ${i + 1}`,
    text: Array.from({ length: 8 }, (_, j) => sentences[(i + j) % 4]).join(' '),
  }));
  const { sha256 } = await store.put(Buffer.from([head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')));
  return { task: 'dataset:sea', dataset: sha256 };
}

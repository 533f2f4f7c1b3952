/** @file The store of artifacts. */
import { z } from 'zod';

/** Kinds of files that trials leave, how the names of such files end, and what their bytes are counted as (`storageKinds`). */
export const artifactKinds = {
  adapter: { ending: 'safetensors', storage: 'adapters' },
  checkpoint: { ending: 'safetensors', storage: 'checkpoints' },
  turn: { ending: 'safetensors', storage: 'checkpoints' },
  answers: { ending: 'jsonl', storage: 'predictions' },
  orders: { ending: 'jsonl', storage: 'predictions' },
  texts: { ending: 'jsonl', storage: 'predictions' },
  places: { ending: 'jsonl', storage: 'predictions' },
  scores: { ending: 'json', storage: 'predictions' },
} as const;
export type ArtifactKind = keyof typeof artifactKinds;

/** Stored files that nothing refers to. */
export const Garbage = z
  .object({
    files: z.number().int().meta({ description: 'Unfinished uploads included.' }),
    bytes: z.number().int(),
    graceSeconds: z.number().meta({ description: 'Files that were stored within this time are left alone.' }),
  })
  .meta({ id: 'Garbage' });
export type Garbage = z.infer<typeof Garbage>;

/** @file The store of artifacts. */
import { z } from 'zod';

/** Kinds of files that trials leave, and how the names of such files end. */
export const artifactKinds = {
  adapter: { ending: 'safetensors' },
  checkpoint: { ending: 'safetensors' },
  turn: { ending: 'safetensors' },
  answers: { ending: 'jsonl' },
  orders: { ending: 'jsonl' },
  texts: { ending: 'jsonl' },
  places: { ending: 'jsonl' },
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

/** @file The store of artifacts. */
import { z } from 'zod';

/** Stored files that nothing refers to. */
export const Garbage = z
  .object({
    files: z.number().int().meta({ description: 'Unfinished uploads included.' }),
    bytes: z.number().int(),
    graceSeconds: z.number().meta({ description: 'Files that were stored within this time are left alone.' }),
  })
  .meta({ id: 'Garbage' });
export type Garbage = z.infer<typeof Garbage>;

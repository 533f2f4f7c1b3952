import { Slug } from '../common.js';
import type { KindField } from './record.js';

/** The generator of a sweep. */
export const generatorField = {
  schema: Slug.optional().meta({
    description:
      'The generator that procedures of an evaluation ask, or recipes of a fine-tuning that have texts written, by its name. See `GET /v1/generators`.',
  }),
  instead: 'set kind to "evaluate" or "finetune"',
} as const satisfies KindField;

/** @file Texts that a generator wrote for the examples of a training, and what was made of each. */
import { z } from 'zod';
import { wholeText } from './bounds.js';
import { Id } from './common.js';

export const WrittenTextRecord = z
  .object({
    prompt: z.string(),
    text: z.string(),
    as: z.string().optional().meta({
      description: 'How the recipe read it, in words; absent where it made no example of it.',
    }),
  })
  .meta({ id: 'WrittenText' });
export type WrittenTextRecord = z.infer<typeof WrittenTextRecord>;

/** First line of the file that a trial leaves; each further line is a {@link WrittenTextRecord}. */
export const WrittenTextsHead = z.object({
  format: z.literal('rankforge-texts-1'),
  texts: z.number().int(),
  used: z.number().int(),
});
export type WrittenTextsHead = z.infer<typeof WrittenTextsHead>;

/** Texts that are kept of a trial, the first that were written, and bytes of them with their prompts. */
export const mostKeptTexts = 10_000;
export const mostKeptTextBytes = 16 * 2 ** 20;

export const WrittenTextsQuery = z.object({
  from: wholeText(0).default(0).meta({ description: 'Place of the first among those that are asked for.' }),
  limit: wholeText(1, 100).default(20),
  only: z.enum(['used', 'unused']).optional().meta({
    description: 'Those that an example was made of, or the others. Omitted: all, in the order of the prompts.',
  }),
});
export type WrittenTextsQuery = z.infer<typeof WrittenTextsQuery>;

export const WrittenTextPage = z
  .object({
    trialId: Id,
    texts: z.number().int().meta({ description: 'Texts that were written.' }),
    used: z.number().int().meta({ description: 'Texts that an example was made of.' }),
    kept: z
      .number()
      .int()
      .meta({
        description: `The first of them, which are kept: at most ${mostKeptTexts}, and ${mostKeptTextBytes / 2 ** 20} MiB with their prompts.`,
      }),
    found: z.number().int().meta({ description: 'Texts that are asked for, of those that are kept.' }),
    items: z.array(WrittenTextRecord),
  })
  .meta({ id: 'WrittenTextPage' });
export type WrittenTextPage = z.infer<typeof WrittenTextPage>;

/** @file Stage of an answer: documents apart into passages that are searched. */

import type { Segmenter } from '@rankforge/peft';
import { chunksOf, textOf } from '@rankforge/peft/extension';
import { z } from 'zod';
import { type Found } from '../slots/answerer.js';

export const chunkFields = {
  chunk: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(64)
    .meta({ description: 'Words of a passage; a document that has no more is one passage.' }),
  overlap: z
    .number()
    .int()
    .min(0)
    .max(9_999)
    .default(0)
    .meta({ description: 'Words that a passage has in common with the one before; fewer than it has.' }),
};

export type ChunkConfig = { chunk: number; overlap: number };

export const overlapIsLess = ({ chunk, overlap }: ChunkConfig): boolean => overlap < chunk;
export const tooMuchOverlap = { path: ['overlap'], error: 'must be less than the words of a passage, chunk' };

/** Passages of all documents, in their order. */
export function passagesOf(
  { documents, segmenter }: { documents: readonly string[]; segmenter: Segmenter },
  { chunk, overlap }: ChunkConfig,
): Found[] {
  const words = documents.map((text) => segmenter.split(text));
  return chunksOf(words, chunk, overlap).map((passage) => ({
    passage,
    text: textOf(words[passage.document]!, passage, segmenter),
  }));
}

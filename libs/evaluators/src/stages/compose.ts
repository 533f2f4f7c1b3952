/** @file Stage of an answer: what is found becomes the context of a prompt, within a budget of words. */

import type { Segmenter } from '@rankforge/peft';
import { joined } from '@rankforge/peft/extension';
import { z } from 'zod';
import { type Found } from '../slots/answerer.js';

export const composeFields = {
  contextWords: z.number().int().min(1).max(100_000).default(256).meta({
    description:
      'Words of passages that stand before whoever answers, the best first; the passage that goes beyond is cut, and evidence counts within them.',
  }),
};

/** The first passages, down to so many words in all. */
export function within(words: number, found: readonly Found[], segmenter: Segmenter): Found[] {
  const taken: Found[] = [];
  let left = words;
  for (const { passage, text, ...how } of found) {
    const own = segmenter.split(text).slice(0, left);
    if (own.length === 0) break;
    left -= own.length;
    taken.push({ passage: { ...passage, to: passage.from + own.length }, text: joined(own, segmenter), ...how });
  }
  return taken;
}

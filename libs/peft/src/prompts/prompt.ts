/** @file Texts within a prompt, and who is asked. */
import type { Generator } from '../slots/generator.js';
import { bySpaces, joined, type Segmenter } from '../text/segmenter.js';

/** @throws Error where there is none */
export function required(generator: Generator | undefined): Generator {
  if (!generator) throw new Error('the procedure asks a generator, and the trial names none');
  return generator;
}

/**
 * A text within a prompt: in one line and bounded, so that nothing in it looks like a part of the prompt itself.
 *
 * @param segmenter what its words are. Default: what stands between white space
 */
export const quoted = (text: string, words: number, segmenter: Segmenter = bySpaces): string =>
  joined(segmenter.split(text).slice(0, words), segmenter).replaceAll('"', "'");

/** Settings of an answer that is read by a program. */
export const tersely = { temperature: 0, seed: 0 };

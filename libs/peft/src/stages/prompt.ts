/** @file Texts within a prompt, and who is asked. */
import type { Generator } from '../slots/generator.js';

/** @throws Error where there is none */
export function required(generator: Generator | undefined): Generator {
  if (!generator) throw new Error('the procedure asks a generator, and the trial names none');
  return generator;
}

/** A text within a prompt: in one line and bounded, so that nothing in it looks like a part of the prompt itself. */
export const quoted = (text: string, words: number): string =>
  text.split(/\s+/).filter(Boolean).slice(0, words).join(' ').replaceAll('"', "'");

/** Settings of an answer that is read by a program. */
export const tersely = { temperature: 0, seed: 0 };

/** @file Fields and texts that procedures share: who judges, how many candidates, and passages within a prompt. */
import { z } from 'zod';
import type { Generator } from '../slots/generator.js';

/** `gold` knows the grades, and says what the procedure could do; `random` knows nothing. */
export const judges = ['generator', 'gold', 'random'] as const;

export const judgeFields = {
  judge: z
    .enum(judges)
    .default('generator')
    .meta({ description: 'Who answers: the generator of the sweep, the grades themselves, or chance.' }),
  depth: z
    .number()
    .int()
    .min(2)
    .max(1000)
    .default(10)
    .meta({ description: 'Candidates of a query that are ordered anew, the first by BM25.' }),
  words: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .meta({ description: 'Words of a passage, and of a query, that a prompt has; the rest is left out.' }),
};

export const generates = ({ judge }: { judge: (typeof judges)[number] }): boolean => judge === 'generator';

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

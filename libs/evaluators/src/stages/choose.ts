/** @file Stage of a summary: one of several candidates is chosen. */

import type { Generator, Random, Segmenter } from '@rankforge/peft';
import { required, rougeN } from '@rankforge/peft/extension';
import { z } from 'zod';
import { coverageIn } from './plan.js';

export const choosers = ['likelihood', 'coverage', 'first', 'random', 'gold'] as const;
export type Chooser = (typeof choosers)[number];

export const chooseFields = {
  chooser: z.enum(choosers).default('coverage').meta({
    description:
      'Who chooses among the candidates: how likely the generator finds each, for its length; how much of the document it covers, for its length; the first; chance; or whoever knows the right summary, which is the best that any choice could do.',
  }),
  lengthPenalty: z.number().min(0).max(3).default(1).meta({
    description: 'Of likelihood: the log-probability of a candidate is divided by its number of words to this power.',
  }),
};
interface ChooseConfig {
  chooser: Chooser;
  lengthPenalty: number;
}

export interface Choice {
  candidates: readonly string[];
  document: string;
  right: readonly string[];
  /** The prompt after which the generator says how likely a candidate is. */
  prompt: string;
}

interface Choosing {
  config: ChooseConfig;
  /** How candidates and the document fall apart into words. */
  segmenter: Segmenter;
  generator: Generator | undefined;
  random: Random;
  asked: { calls: number };
}

const scores: Record<Chooser, (choice: Choice, choosing: Choosing) => Promise<readonly number[]> | readonly number[]> =
  {
    likelihood,
    coverage: ({ candidates, document }, { segmenter }) => candidates.map(coverageIn(document, segmenter)),
    first: ({ candidates }) => candidates.map((_, at) => -at),
    random: ({ candidates }, { random }) => candidates.map(() => random.uniform()),
    gold: ({ candidates, right }, { segmenter }) =>
      candidates.map((candidate) => rougeN(candidate, right, 1, segmenter.tokens)),
  };

/** @returns the place of the candidate with the highest score, of equal ones the first */
export async function chosenOf(choice: Choice, choosing: Choosing): Promise<number> {
  if (choice.candidates.length < 2) return 0;
  const all = await scores[choosing.config.chooser](choice, choosing);
  return all.reduce((best, score, at) => (score > all[best]! ? at : best), 0);
}

/** Calls of a choice. */
export const callsOfChoice = ({ chooser }: ChooseConfig): number => Number(chooser === 'likelihood');

/**
 * The score by which BRIO orders candidates (Liu et al. 2022, arXiv 2203.16804, equation 7), over words and not tokens. An empty candidate
 * is the least likely.
 */
async function likelihood(
  { candidates, prompt }: Choice,
  { config, segmenter, generator, asked }: Choosing,
): Promise<number[]> {
  const written = candidates.flatMap((text, at) => (text === '' ? [] : [{ at, text }]));
  const all = candidates.map(() => Number.NEGATIVE_INFINITY);
  if (written.length === 0) return all;
  const writer = required(generator);
  asked.calls += 1;
  const scored = await writer.score(
    prompt,
    written.map(({ text }) => ` ${text}`),
  );
  if (!scored) {
    throw new Error(
      `the chooser likelihood needs the probabilities of texts, and ${writer.identity().model} gives none: choose another generator, or another chooser`,
    );
  }
  written.forEach(({ at, text }, place) => {
    all[at] = scored.logProbabilities[place]! / segmenter.split(text).length ** config.lengthPenalty;
  });
  return all;
}

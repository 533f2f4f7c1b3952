import type { Generator } from '@rankforge/peft';
import { z } from 'zod';
import { type ExaminationInput } from '../slots/robustness.js';
import { attacked, type Pair, prefixed } from './attacked.js';
import { type Imitation, imitated } from './imitation.js';
import { largestOf, orderOf } from './ranks.js';
import { defineExamination, imitationFields, triggerFields } from './settings.js';

const config = z.strictObject({
  ...triggerFields,
  ...imitationFields,
  naturalness: z.number().min(0).max(100).default(0).meta({
    description: 'Weight of the log-probability of a word by the generator; 0 asks none, and words are free.',
  }),
  candidates: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(16)
    .meta({ description: 'Words of the largest gain among which the generator chooses.' }),
});
type Config = z.infer<typeof config>;

/** An imitation of the black box, and triggers against it. */
export const orderDisorder = defineExamination({
  name: 'order-disorder',
  title: 'Order-Disorder (PAT)',
  summary:
    'Imitates the ranker from orders that it is asked for, and finds a trigger by pairs of the imitation with an anchor.',
  paper: {
    title: 'Order-Disorder: Imitation Adversarial Attacks for Black-box Neural Ranking Models',
    year: 2022,
    arxiv: '2209.06506',
  },
  evidence: {
    level: 'partial',
    reason:
      'the imitation is a bilinear form of word vectors, words are chosen one after another in place of a beam, and no term asks for the next sentence',
  },
  config,
  questionsBefore: ({ imitationLists }) => imitationLists,
  changes: ({ naturalness }) => [naturalness > 0 && 'its naturalness to 0'],
  calls: ({ naturalness, documents, length }) => (naturalness === 0 ? 0 : documents * length),
  async *examine(input) {
    const { config, generator, learned } = input;
    const imitation = await imitated(input);
    yield* attacked(input, config, (pair) => triggerOf(imitation, pair, { config, generator, learned }));
  },
});

export async function triggerOf(
  imitation: Imitation,
  pair: Pair,
  { config, generator, learned }: Pick<ExaminationInput<Config>, 'config' | 'generator' | 'learned'>,
): Promise<string[]> {
  const { query, texts, scores, target } = pair;
  const { words } = imitation.vectors;
  const direction = imitation.direction(imitation.query(query));
  const gains = imitation.gains(direction);
  if (config.naturalness === 0) return largestOf(gains, config.length).map((at) => words[at]!);
  const anchor = imitation.score(query, texts[orderOf(scores)[0]!]!);
  const shown = largestOf(gains, config.candidates + config.length).map((at) => words[at]!);
  const trigger: string[] = [];
  while (trigger.length < config.length) {
    const tried = shown.filter((word) => !trigger.includes(word)).slice(0, config.candidates);
    if (tried.length === 0) break;
    const likely = await logProbabilities(generator, trigger, tried);
    const values = tried.map((word, at) => {
      const ahead = imitation.score(query, prefixed([...trigger, word], texts[target]!)) - anchor;
      return -Math.log1p(Math.exp(-ahead)) + config.naturalness * likely[at]!;
    });
    const best = largestOf(values, 1)[0]!;
    trigger.push(tried[best]!);
    learned.written.logProbability += likely[best]!;
    learned.written.words += 1;
  }
  return trigger;
}

/** @throws Error where no generator is named, or it gives no probabilities */
async function logProbabilities(
  generator: Generator | undefined,
  before: readonly string[],
  words: readonly string[],
): Promise<number[]> {
  if (!generator) throw new Error('naturalness is what a generator says of words, and the trial names none');
  const scored = await generator.score(
    ['\n', ...before].join(' '),
    words.map((word) => ` ${word}`),
  );
  if (!scored) {
    throw new Error(
      `naturalness needs the probabilities of words, and ${generator.identity().model} gives none: choose another generator, or naturalness 0`,
    );
  }
  return scored.logProbabilities;
}

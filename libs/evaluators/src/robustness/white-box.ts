import { z } from 'zod';
import { attacked, prefixed } from './attacked.js';
import { largestOf } from './ranks.js';
import { defineExamination, triggerFields } from './settings.js';
import { vocabularyOf } from './vocabulary.js';

/** Gradients of the ranker itself: what an owner of the weights could do. */
export const whiteBox = defineExamination({
  name: 'white-box',
  title: 'White-box trigger by gradients',
  summary:
    'Chooses each word of a trigger by the gradient of the score for tokens, and tries the best ones on the ranker.',
  paper: {
    title: 'HotFlip: White-Box Adversarial Examples for Text Classification',
    year: 2018,
    arxiv: '1712.06751',
  },
  evidence: {
    level: 'partial',
    reason: 'words of the collection are inserted one after another, where it flips tokens',
  },
  config: z.strictObject({
    ...triggerFields,
    tries: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(8)
      .meta({ description: 'Words of the largest gain that are tried at each place; 1 takes the first.' }),
  }),
  // The gradient, and an order of the words that are tried.
  questionsOfDocument: ({ length, tries }) => (tries === 1 ? 1 : 2) * length,
  examine(input) {
    const { config, collection, segmenter, victim } = input;
    const vocabulary = vocabularyOf(collection, segmenter);
    return attacked(input, config, async ({ query, texts, target }) => {
      const text = texts[target]!;
      const trigger: string[] = [];
      while (trigger.length < config.length) {
        const words = vocabulary.filter((word) => !trigger.includes(word));
        if (words.length === 0) break;
        const gains = await victim.gains({ query, before: trigger, text }, words);
        const tried = largestOf(gains, config.tries).map((at) => words[at]!);
        if (tried.length === 1) {
          trigger.push(tried[0]!);
          continue;
        }
        const scores = await victim.scores(
          query,
          tried.map((word) => prefixed([...trigger, word], text)),
        );
        trigger.push(tried[largestOf(scores, 1)[0]!]!);
      }
      return trigger;
    });
  },
});

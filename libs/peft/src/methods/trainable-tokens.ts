/**
 * @file Trainable tokens: rows of the table of tokens are trained for a few of them, and nothing else. As Python peft has it, which names no
 * publication; a head that is the same table reads the trained rows too.
 */
import { z } from 'zod';
import { defineMethod, type TokensPart } from '../method.js';

const LIST = /^\s*\d+(\s*-\s*\d+)?(\s*,\s*\d+(\s*-\s*\d+)?)*\s*$/;

const config = z.strictObject({
  tokens: z
    .string()
    .max(10_000)
    .regex(LIST, 'expected ids of tokens, e.g. 50256, 198-200')
    .optional()
    .describe('Ids of the tokens whose rows are trained, e.g. 50256, 198-200. Default: the last of the vocabulary'),
  count: z
    .int()
    .min(1)
    .default(16)
    .describe('Where no tokens are named: so many of the last ids, which tokens that were added to a vocabulary have'),
});
type Config = z.infer<typeof config>;

/** Ids that a list names, in its order; or why that cannot be. */
function listed(tokens: string, vocabulary: number): number[] | string {
  const ids = new Set<number>();
  for (const part of tokens.split(',')) {
    const [first, last = first] = part.split('-').map(Number) as [number, number?];
    if (last < first) return `tokens: ${part.trim()} counts down; name the lower id first`;
    if (last >= vocabulary) return `tokens: ${last} is no token; the vocabulary has 0 to ${vocabulary - 1}`;
    for (let id = first; id <= last; id++) {
      if (ids.has(id)) return `tokens: ${id} is named twice; name each token once`;
      ids.add(id);
    }
  }
  return [...ids];
}

const someTokens: TokensPart<Config> = {
  name: 'trainable_tokens_delta',
  ids: (vocabulary, { tokens, count }) =>
    listed(tokens ?? `${Math.max(0, vocabulary - count)}-${vocabulary - 1}`, vocabulary),
  peft: {
    type: 'TRAINABLE_TOKENS',
    config: ({ token_indices: ids }) => ({ tokens: Array.isArray(ids) ? ids.join(', ') : String(ids) }),
  },
};

export const trainableTokens = defineMethod({
  name: 'trainable-tokens',
  title: 'Trainable tokens',
  evidence: {
    level: 'partial',
    reason: 'As Python peft has it, which names no publication; which tokens help a task is left to whoever names them',
  },
  summary: 'Trains the embeddings of a few tokens, such as new ones, and nothing else; the table can be merged.',
  parameterFormula: '0 (+ count·width once)',
  memoryFormula: '0 (+ 4·count·width once)',
  config,
  usesRank: false,
  startsAtBase: true,
  tokens: someTokens,
  learningRates: [1e-3, 3e-3, 1e-2],
});

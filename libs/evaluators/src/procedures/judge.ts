/** @file Shared by procedures that order candidates by a judge: who judges, how many candidates, and what is read of each. */

import { z } from 'zod';
import { askingBy } from '../slots/asking.js';
import { type RerankerInput, type RerankerPart } from '../slots/reranker.js';
import { quiteExcerpts } from '../text/quite.js';

/** `trained` is a ranker that was trained here; `gold` knows the grades, and says what the procedure could do; `random` knows nothing. */
export const judges = ['generator', 'trained', 'gold', 'random'] as const;
type Judge = (typeof judges)[number];

export const judgeFields = {
  judge: z.enum(judges).default('generator').meta({
    description:
      'Who answers: the generator of the sweep, the training named as teacher, which scores a query with a passage, the grades themselves, or chance.',
  }),
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
  excerpt: z.enum(['first', 'quite']).default('first').meta({
    description:
      'What a judge reads of a passage: its first words, or, with quite, the sentences that cover the query best, up to words, in their order (QUITE).',
  }),
  fade: z.number().min(0).max(1).default(0.5).meta({
    description:
      'Of quite: factor by which the weight of a word of the query shrinks when a sentence with it is picked; 1 keeps it.',
  }),
};
type Judged = z.infer<z.ZodObject<typeof judgeFields>>;

/** Texts of candidates that a judge is given. */
const excerpts: Record<
  Judged['excerpt'],
  (input: Pick<RerankerInput<Judged>, 'candidates' | 'segmenter' | 'config'>) => readonly string[]
> = {
  // A prompt has the first words of what it is given, and a trained ranker reads as far as its tokens go.
  first: ({ candidates }) => candidates.texts,
  quite: ({ candidates: { query, texts }, config: { words, fade }, segmenter }) =>
    quiteExcerpts(query, texts, { words, fade, segmenter }).map(({ text }) => text),
};

const asking = askingBy(({ judge }: Judged) => [judge === 'generator' && 'its judge to another']);
const isTrained = ({ judge }: Judged): boolean => judge === 'trained';

/** Completes a procedure that asks a judge: whoever reads texts is given the excerpts that are configured. */
export const askingJudge = <C extends Judged>({
  order,
  calls,
  words,
}: Pick<RerankerPart<C>, 'order' | 'calls' | 'words'>): RerankerPart<C> => ({
  kind: 'reranker',
  async order(input) {
    const { candidates, config } = input;
    const reads = asking.generates(config) || isTrained(config);
    return order(reads ? { ...input, candidates: { ...candidates, texts: excerpts[config.excerpt](input) } } : input);
  },
  calls,
  words,
  depth: ({ depth }) => depth,
  ...asking,
  trained: isTrained,
  training: { does: 'asks', what: 'ranker', otherwise: 'judge to another' },
});

/**
 * Scores of all candidates by a judge that has them without a prompt; undefined where it has none.
 *
 * @throws Error where a training is to judge, and there is none
 */
export async function scoresBy(
  judge: Judge,
  { candidates: { query, texts, grades }, scorer }: Pick<RerankerInput<unknown>, 'candidates' | 'scorer'>,
): Promise<ArrayLike<number> | undefined> {
  if (judge === 'gold') return grades;
  if (judge !== 'trained') return undefined;
  if (!scorer) throw new Error('a finished training is to judge, and the trial names none');
  return scorer(query, texts);
}

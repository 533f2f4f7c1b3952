/** @file Fields that procedures which order candidates share: who judges, and how many candidates. */
import { z } from 'zod';
import type { RerankerInput } from '../slots/reranker.js';

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
};

export const generates = ({ judge }: { judge: Judge }): boolean => judge === 'generator';

export const isTrained = ({ judge }: { judge: Judge }): boolean => judge === 'trained';

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

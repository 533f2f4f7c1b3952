/** @file Fields that procedures which order candidates share: who judges, and how many candidates. */
import { z } from 'zod';

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

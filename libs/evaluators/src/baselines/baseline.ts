/** @file A baseline: it orders rows without a model, so that what is trained is held against what costs nothing. */
import type { z } from 'zod';
import { defineEvaluator, type Evaluator } from '../evaluator.js';
import type { RankerPart } from '../slots/ranker.js';

type Said<S extends z.ZodType> = Pick<Evaluator<S>, 'name' | 'title' | 'summary' | 'paper' | 'config'> &
  Pick<RankerPart<z.infer<S>>, 'scores'> & {
    /** It reads words, which users and items do not have. Default: it does not. */
    readsWords?: boolean;
  };

/** Completes what is said of a baseline with what all have in common. */
export const defineBaseline = <S extends z.ZodType>({ scores, readsWords = false, ...said }: Said<S>): Evaluator<S> =>
  defineEvaluator<S>({
    ...said,
    evidence: { level: 'full' },
    purposes: ['baseline'],
    part: { kind: 'ranker', scores, readsWords },
  });

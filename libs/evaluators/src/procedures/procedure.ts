/** @file A procedure: what is done with a question by asking, while nothing is trained. */
import type { z } from 'zod';
import { defineEvaluator, type Evaluator, type EvaluatorPart } from '../evaluator.js';

/** A procedure orders candidates anew, answers questions, or summarizes documents. */
interface Said<S extends z.ZodType> extends Omit<Evaluator<S>, 'purposes' | 'part'> {
  part: Extract<EvaluatorPart<z.infer<S>>, { kind: 'reranker' | 'answerer' | 'summarizer' }>;
}

/** Completes what is said of a procedure with what all have in common. */
export const defineProcedure = <S extends z.ZodType>(said: Said<S>): Evaluator<S> =>
  defineEvaluator<S>({ ...said, purposes: ['evaluate'] });

/**
 * @file A procedure: what is done with a question by asking, while nothing is trained. It stands on boards of evaluations beside
 * baselines, and is a method without any other part.
 */

import { type Method } from '@rankforge/peft';
import { defineMethod } from '@rankforge/peft/extension';
import type { z } from 'zod';
import { trainsNothing } from '../trains-nothing.js';

/** A procedure orders candidates anew, answers questions, or summarizes documents. */
type Said<S extends z.ZodType> = Pick<
  Method<S>,
  'name' | 'title' | 'summary' | 'paper' | 'evidence' | 'config' | 'numbers'
> &
  (
    | Required<Pick<Method<S>, 'reranker'>>
    | Required<Pick<Method<S>, 'answerer'>>
    | Required<Pick<Method<S>, 'summarizer'>>
  );

/** Completes what is said of a procedure with what all have in common. */
export const defineProcedure = <S extends z.ZodType>(said: Said<S>): Method<S> =>
  defineMethod({
    ...said,
    purposes: ['evaluate'],
    ...trainsNothing,
  });

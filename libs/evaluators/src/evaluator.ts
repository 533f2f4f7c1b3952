/** @file An evaluator: a contender that trains nothing, by the one part that it fills. Its parts are in `slots/`, one file each. */
import type { Method } from '@rankforge/peft';
import type { z } from 'zod';
import type { AnswererPart } from './slots/answerer.js';
import type { RankerPart } from './slots/ranker.js';
import type { RerankerPart } from './slots/reranker.js';
import type { RobustnessPart } from './slots/robustness.js';
import type { SummarizerPart } from './slots/summarizer.js';
import type { VisibilityPart } from './slots/visibility.js';

export type EvaluatorPart<C = unknown> =
  | RankerPart<C>
  | RerankerPart<C>
  | AnswererPart<C>
  | SummarizerPart<C>
  | RobustnessPart<C>
  | VisibilityPart<C>;

export type PartKind = EvaluatorPart['kind'];

/** The facts that an evaluator shares with a method. */
type Said<S extends z.ZodType> = Pick<
  Method<S>,
  'name' | 'title' | 'paper' | 'evidence' | 'summary' | 'config' | 'numbers' | 'purposes'
>;

export interface Evaluator<S extends z.ZodType = z.ZodType> extends Said<S> {
  part: EvaluatorPart<z.infer<S>>;
}

/** What may compete on a board: a method, which is trained, or an evaluator. */
export type Contender = Method | Evaluator;

export const isEvaluator = (contender: Contender): contender is Evaluator => 'part' in contender;

/** The method, where a contender is trained: evaluators have no rank, no layers and no rates. */
export const trainedMethod = (contender: Contender): Method | undefined =>
  isEvaluator(contender) ? undefined : contender;

/**
 * The part of an evaluator, where it is of this kind.
 *
 * @example partOf(findContender('bm25'), 'ranker')?.readsWords // true
 */
export function partOf<K extends PartKind>(
  contender: Contender,
  kind: K,
): Extract<EvaluatorPart, { kind: K }> | undefined {
  if (!isEvaluator(contender) || contender.part.kind !== kind) return undefined;
  return contender.part as Extract<EvaluatorPart, { kind: K }>;
}

/** Keeps the type of a configuration and checks a record against its part. */
export const defineEvaluator = <S extends z.ZodType>(evaluator: Evaluator<S>): Evaluator<S> => evaluator;

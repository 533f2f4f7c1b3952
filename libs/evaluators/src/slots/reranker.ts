/** @file Slot of a procedure: how it orders the candidates of a query anew, by asking a judge. */
import type { Generator, Random, Segmenter } from '@rankforge/peft';
import type { AskingPart, TakenTraining } from './asking.js';

/** A query with its candidates, in the order in which a search found them. */
export interface Candidates {
  query: string;
  texts: readonly string[];
  /** For judges that know the answer. */
  grades: readonly number[];
}

/** Counts of what a procedure asked its judge. */
export interface Asked {
  calls: number;
  /** Pairs that were shown in both orders, and those of which both orders said the same. */
  pairs: number;
  agreeing: number;
}

/** The larger stands first. */
export type Scorer = (query: string, texts: readonly string[]) => Promise<ArrayLike<number>>;

export interface RerankerInput<C> {
  candidates: Candidates;
  /** How texts of the data fall apart into words. */
  segmenter: Segmenter;
  config: C;
  /** Absent where another judge is configured. */
  generator: Generator | undefined;
  /** Scores of texts for a query by a finished training; absent where another judge is configured. */
  scorer?: Scorer | undefined;
  /** A stream of the trial's seed and the query. */
  random: Random;
  /** Counts go up here. */
  asked: Asked;
}

export interface RerankerPart<C = unknown> extends AskingPart<C> {
  kind: 'reranker';
  /** Places of the candidates, best first. */
  order(input: RerankerInput<C>): Promise<number[]>;
  /** Most calls for so many candidates. */
  calls(candidates: number, config: C): number;
  /** Candidates that are ordered anew; those after them stay where they are. */
  depth(config: C): number;
  /** Most words of a prompt. */
  words(config: C): number;
  /** Whether a finished training judges. */
  trained(config: C): boolean;
  training: TakenTraining;
}

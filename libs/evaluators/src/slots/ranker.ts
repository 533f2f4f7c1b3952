/** @file Slot of a baseline: how it orders the rows of queries by their words, without a model. */
import type { Random, RankedTexts, Segmenter } from '@rankforge/peft';

/** A query of the training split. */
export interface JudgedQuery {
  query: string;
  relevant: readonly string[];
}

export interface RankerInput<C> {
  /** Queries of the split that is scored, with their rows. */
  queries: readonly RankedTexts[];
  /** Every different text among the rows of all splits, in the order in which they first occur; or the corpus. */
  collection: readonly string[];
  /** Queries of the training split, or its users, with the texts that are relevant to each. */
  training(): Iterable<JudgedQuery>;
  /** How texts fall apart into words. */
  segmenter: Segmenter;
  config: C;
  /** A stream of the trial's seed. */
  random: Random;
}

export interface RankerPart<C = unknown> {
  kind: 'ranker';
  /** Scores of the rows of each query, one after another; the largest stands first. Those of one are held at a time. */
  scores(input: RankerInput<C>): Iterable<ArrayLike<number>>;
  /** It reads words: users and items have none. */
  readsWords: boolean;
}

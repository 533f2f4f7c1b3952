/** @file Slot of a baseline: how it orders the rows of queries by their words, without a model. */
import type { Random } from '../tensor/random.js';
import type { Segmenter } from '../text/segmenter.js';

/** A query with the texts that are ranked for it, in the order of its rows; of every query the same list where a corpus is searched. */
export interface RankedTexts {
  query: string;
  rows: readonly string[];
}

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

/** Scores of the rows of each query, one after another; the largest stands first. Those of one are held at a time. */
export type Ranker<C = unknown> = (input: RankerInput<C>) => Iterable<ArrayLike<number>>;

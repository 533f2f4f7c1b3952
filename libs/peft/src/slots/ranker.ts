/** @file Slot of a baseline: how it orders the rows of queries by their words, without a model. */
import type { Random } from '../tensor/random.js';

/** A query with its texts, in the order of its rows. */
export interface RankedTexts {
  query: string;
  rows: readonly string[];
}

export interface RankerInput<C> {
  /** Queries of the split that is scored, with their rows. */
  queries: readonly RankedTexts[];
  /** Every different text among the rows of all splits, in the order in which they first occur. */
  collection: readonly string[];
  config: C;
  /** A stream of the trial's seed. */
  random: Random;
}

/** Scores of the rows of each query; the largest stands first. */
export type Ranker<C = unknown> = (input: RankerInput<C>) => number[][];

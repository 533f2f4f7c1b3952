/** @file Slot of an examination of a ranker: an attack on the order that it gives, or a certificate of that order. */
import type { Generator, Random, RankedTexts, Segmenter } from '@rankforge/peft';
import type { AskingPart, TakenTraining } from './asking.js';

/** Where a word is put into a text: after some words that were put in front of it. */
export interface Insertion {
  query: string;
  before: readonly string[];
  text: string;
}

/** A ranker that is examined. */
export interface Victim {
  /** Scores of texts for a query, the largest first: one question to the ranker, however many texts there are. */
  scores(query: string, texts: readonly string[]): Promise<Float64Array>;
  /** The change of the score, to first order, when each of some words is inserted: what only the owner of the weights can ask. */
  gains(insertion: Insertion, words: readonly string[]): Promise<Float64Array>;
  /** A score as a number between 0 and 1, in the same order. */
  bounded(score: number): number;
}

/** A query with the candidates that the ranker orders, and the scores that it gives them. */
export interface ScoredQuery {
  query: string;
  texts: readonly string[];
  scores: Float64Array;
}

/** Sets of words that may stand for each other. */
export interface SynonymSets {
  /** Words that share a set with this one, without it. */
  of(word: string): readonly string[];
  /** The word and those nearest to it by steps from set to set, at most so many together. */
  around(word: string, most: number): readonly string[];
}

/** Facts that an examination learns besides its scores. */
export interface Learned {
  /** Share of pairs that an imitation orders as the ranker does. */
  agreement?: number;
  /** Sum of log-probabilities of the words that were inserted by a language model, and their number. */
  written: { logProbability: number; words: number };
}

export interface ExaminationInput<C> {
  config: C;
  /** Queries of the split that is scored. */
  queries: readonly ScoredQuery[];
  /** Queries of the training split with their rows: an attacker knows their words, and no grade. */
  known: readonly RankedTexts[];
  /** Every different text of all splits. */
  collection: readonly string[];
  /** How texts of the data fall apart into words. */
  segmenter: Segmenter;
  /** The ranker as an attacker asks it: each question is counted, and there are no more than the part says. */
  victim: Victim;
  /** The same ranker, for measuring what an attack did. */
  judge: Pick<Victim, 'scores' | 'bounded'>;
  /** Absent where the configuration asks none. */
  generator: Generator | undefined;
  /** Absent where the configuration names none. */
  synonyms: SynonymSets | undefined;
  /** A stream of the trial's seed. */
  random: Random;
  learned: Learned;
}

/** One query after it was examined. */
export interface ExaminedQuery {
  /** Scores of its texts, once for each document that was attacked. */
  orders: readonly Float64Array[];
  /** Values of metrics of robustness; the same names for every query. */
  columns: Readonly<Record<string, number>>;
  /** Places of each attacked document in the order that it stands in. */
  moves: readonly Move[];
}

/** A document's place before and after an attack; the first is 0. */
export interface Move {
  before: number;
  after: number;
}

export interface RobustnessPart<C = unknown> extends AskingPart<C> {
  kind: 'robustness';
  /**
   * Why it cannot examine data whose texts fall apart into words so, and what to do. Asked when a sweep is submitted. Undefined: it can.
   * Default: it always can.
   */
  unfit?(segmenter: Pick<Segmenter, 'name' | 'between'>): string | undefined;
  /** One result for each query, in their order. */
  examine(input: ExaminationInput<C>): AsyncIterable<ExaminedQuery>;
  /** Most queries of a split that are examined, the first ones. */
  queries(config: C): number;
  /** Whether the ranker is a finished training, which the trial names as its teacher, or BM25. */
  victim(config: C): 'trained' | 'bm25';
  training: TakenTraining;
  /** Most questions to the ranker for one split. */
  questions(config: C): number;
  /** Most calls of a generator for one query; 0 where it asks none. */
  calls(config: C): number;
  /** Names the sets of synonyms that it needs; absent: none. */
  synonyms?(config: C): string;
}

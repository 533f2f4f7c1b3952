/** @file Slot of a procedure: how it answers questions, from documents or without them. */
import type { Encode, Generator, GroundedQuestion, Segmenter } from '@rankforge/peft';
import type { Passage } from '@rankforge/peft/extension';
import type { AskingPart } from './asking.js';
import type { Asked } from './reranker.js';

export interface AnswererInput<C> {
  documents: readonly string[];
  /** How documents and questions fall apart into words. */
  segmenter: Segmenter;
  config: C;
  /** Absent where the configuration asks none. */
  generator: Generator | undefined;
  /** Absent where the configuration encodes nothing. */
  encode: Encode | undefined;
  /** Drawn answers follow from it. */
  seed: number;
  /** Calls go up here. */
  asked: Pick<Asked, 'calls'>;
}

/** A passage that was found for a question. */
export interface Found {
  passage: Passage;
  text: string;
  /** How it was found: the larger the better, and comparable within one question alone. Absent: it was given. */
  score?: number;
}

/** A statement that stood before whoever answered besides passages, such as a relation of a graph. */
export interface Statement {
  text: string;
  kind: string;
}

/** A text by the questions that are made of the right one. */
export interface QuestEvaluation {
  /** F1 of the words of answers that both texts give, on average, 0 … 1. */
  f1: number;
  /** Share of the questions that the right text answers which the written one answers too. */
  recall: number;
  /** With the answers of the right text and of the written one; null where it gives none. */
  questions: readonly { question: string; right: string | null; said: string | null }[];
}

/** Facts from the judge of an answer, where one was asked. */
export interface Verdict {
  /** Whether it takes the answer for right. */
  judged?: boolean;
  quest?: QuestEvaluation;
}

export interface Answer extends Verdict {
  text: string;
  /** Passages that stood before whoever answered, cut to the budget. */
  context: readonly Found[];
  statements?: readonly Statement[];
}

export interface AnswererPart<C = unknown> extends AskingPart<C> {
  kind: 'answerer';
  /** Makes what all questions share, such as an index, and gives what answers one. */
  open(input: AnswererInput<C>): Promise<(question: GroundedQuestion) => Promise<Answer>>;
  /** Most calls of a question. */
  calls(config: C): number;
  /** Most calls before the first question, which may depend on the documents. Absent: there are none. */
  callsBefore?(library: Pick<AnswererInput<C>, 'documents' | 'segmenter'>, config: C): number;
  /** Most words of a prompt. */
  words(config: C): number;
  /** Most words of a text that the base of the trial encodes; absent, or 0: it encodes none. */
  encodes?(config: C): number;
}

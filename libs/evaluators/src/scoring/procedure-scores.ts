/** @file What scoring a procedure takes and gives. */

import type { Encode, Evaluation, Generator, Request, TaskData, Turn } from '@rankforge/peft';
import type { WrittenScores } from '@rankforge/peft/extension';
import type { Evaluator } from '../evaluator.js';
import { type Verdict } from '../slots/answerer.js';
import { type Asked, type Scorer } from '../slots/reranker.js';
import type { OrderRecord, SplitName } from './ranked.js';

export interface ProcedureInput {
  evaluator: Evaluator;
  /** Parsed by the evaluator's schema here: defaults may be left out. */
  config: unknown;
  data: TaskData;
  split: SplitName;
  seed: number;
  /** Absent where the configuration names another judge. */
  generator?: Generator | undefined;
  /** Absent where no finished training judges. */
  scorer?: Scorer | undefined;
  /** Absent where the configuration encodes no text. */
  encode?: Encode | undefined;
  /** Passed on before each query. */
  turn?: Turn;
  /** Told after each query. */
  onQuery?(done: number, of: number): void;
}

export interface ProcedureScores extends Omit<Evaluation, 'metrics'> {
  /** Without a loss where no model was run on the split. */
  metrics: Record<string, number>;
  asked: Asked;
  /** The first rows of queries, where it orders any. */
  orders?: readonly OrderRecord[];
  /** A record of each question, where it answers any. */
  answers?: readonly AnswerRecord[];
}

/** Tells of one question: what was found for it, what was answered, and why that scored so. */
export interface AnswerRecord extends Verdict {
  question: string;
  /** The kind of text that it asks for. Absent: an answer. */
  request?: Request;
  right: readonly string[];
  answer: string;
  /** Passages that stood before whoever answered, with the share of their words that is evidence, and whether they have a right answer. */
  context: readonly { document: number; text: string; score?: number; evidence: number; hasAnswer: boolean }[];
  /** Other statements that did. */
  statements?: readonly { kind: string; text: string }[];
  /** Without those that are not known of it. */
  scores: WrittenScores;
  /** The right answer that the answer shares most with, and the words that both have. */
  nearest: { right: string; shared: readonly string[] };
}

/** @file A question whose answer follows from documents. */
import type { Passage } from './chunks.js';

/** Kinds of text that a question may ask for: its answer, how a text goes on, a text without its errors, or a summary of an event. */
export const requests = ['answer', 'continue', 'correct', 'summarize'] as const;
export type Request = (typeof requests)[number];

/** A question whose answer follows from documents. */
export interface GroundedQuestion {
  question: string;
  /** Absent: an answer. */
  request?: Request;
  /** Words that documents are searched by. Absent: the question. */
  search?: string;
  right: readonly string[];
  evidence: readonly Passage[];
}

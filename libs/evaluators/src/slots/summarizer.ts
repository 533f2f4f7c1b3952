/** @file Slot of a procedure: how it summarizes documents, by candidates of which it chooses one. */
import type { Generator, Random, Segmenter } from '@rankforge/peft';
import type { AskingPart } from './asking.js';
import type { Asked } from './reranker.js';

export interface SummarizerInput<C> {
  document: string;
  /** How documents and summaries fall apart into words. */
  segmenter: Segmenter;
  /** Summaries that are right, for whoever is to know them. */
  right: readonly string[];
  config: C;
  /** Absent where the configuration asks none. */
  generator: Generator | undefined;
  /** The seed of the trial: drawn summaries follow from it. */
  seed: number;
  /** A stream of the trial's seed and the document. */
  random: Random;
  /** Calls go up here. */
  asked: Pick<Asked, 'calls'>;
}

/** A candidate, and the plan that it was written from. */
export interface Candidate {
  text: string;
  plan?: string;
}

export interface Summarized {
  /** At least one. */
  candidates: readonly Candidate[];
  /** The place of the one that is the summary. */
  chosen: number;
}

export interface SummarizerPart<C = unknown> extends AskingPart<C> {
  kind: 'summarizer';
  summarize(input: SummarizerInput<C>): Promise<Summarized>;
  /** Most calls for a document. */
  calls(config: C): number;
  /** Most words of a prompt, with what is written or scored after it. */
  words(config: C): number;
}

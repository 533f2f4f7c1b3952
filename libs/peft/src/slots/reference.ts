/** @file Where a method or an optimizer comes from, and how well that is known. */
export interface Paper {
  title: string;
  /** arXiv id, e.g. `2106.09685`. */
  arxiv?: string;
  year: number;
}

/** How well the implementation's reference is known. */
export type Evidence = { level: 'full' } | { level: 'partial'; reason: string };

/** A claim of a method or an optimizer, and how it can be tried here; or why it cannot. */
export type PaperClaim<Compare extends PaperClaimComparison = PaperClaimComparison> = {
  /** With the numbers and the conditions of its source. */
  text: string;
  /** Where it is said, e.g. `arXiv 2402.09353, table 1`. */
  source: string;
} & (
  | { compare: Compare; untold?: never }
  /** Why nothing here can tell, for people. */
  | { untold: string; compare?: never }
);

/** Two contenders of one board: the claim is that its own is better by `measure`. */
export interface PaperClaimComparison {
  /** The method that an optimizer's claim is about; absent from a claim of a method. */
  on?: string;
  /** The other contender's method. Default: the same. */
  method?: string;
  /** The other contender's optimizer. Default: that of its own, AdamW for a method. */
  optimizer?: string;
  /** Test score, trained parameters (fewer), measured peak memory (less). */
  measure: 'score' | 'trained' | 'memory';
  /** Kind of the board. Default: `finetune`. */
  kind?: 'pretrain' | 'compress';
  /** Scale of the trainings that the source's numbers are of. Omitted where nothing on record says it. */
  scale?: PaperScale;
  /** How much better the source says it is. Omitted where it gives no size, or one that no board here could show. */
  size?: ClaimedSize;
}

/** The model of a paper, the smallest of several, and its optimizer steps where they are on record. */
export interface PaperScale {
  parameters: number;
  steps?: number;
}

/** A claim of an optimizer, which is about one method. */
export type OptimizerClaim = PaperClaim<PaperClaimComparison & { on: string }>;

/** Its own divided by the other's, of a perplexity, a count or bytes; or points of an accuracy, in hundredths. */
export type ClaimedSize = { ratio: number } | { points: number };

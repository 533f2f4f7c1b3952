/** @file Every procedure. A new one is a file beside this and a line here. */
import type { Evaluator } from '../evaluator.js';
import { closedBook } from './closed-book.js';
import { goldContext } from './gold-context.js';
import { leadSentences } from './lead-sentences.js';
import { lightRag } from './light-rag.js';
import { listwise } from './listwise.js';
import { planGuidedSummary } from './plan-guided-summary.js';
import { pointwise } from './pointwise.js';
import { prp } from './prp.js';
import { rag } from './rag.js';
import { sampledSummaries } from './sampled-summaries.js';

export const procedures: readonly Evaluator[] = [
  prp,
  pointwise,
  listwise,
  closedBook,
  rag,
  lightRag,
  goldContext,
  planGuidedSummary,
  sampledSummaries,
  leadSentences,
];

import { candidateMetrics, meanRouge1, meanRouge2, scoreSummary } from './metrics/summaries.js';
import { meanRougeL } from './metrics/written-answers.js';
import { defineObjective } from './objective.js';
import { nextTokens } from './tokens.js';
import { commonestAnswer } from './trivial.js';

/** Summaries of documents. Training reads the document as a prompt and learns the first of its summaries. */
export const summarization = defineObjective({
  ...nextTokens,
  name: 'summarization',
  title: 'Summarize a document',
  examples: 'answered',
  unit: 'example',
  answered: scoreSummary,
  metrics: [meanRouge1, meanRouge2, meanRougeL],
  evaluated: candidateMetrics,
  trivial: commonestAnswer,
});

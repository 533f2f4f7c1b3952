import {
  evidenceRecall,
  exactMatch,
  meanBleu,
  meanPlainBleu,
  meanRougeL,
  meanTokenF1,
  scoreGrounded,
} from './metrics/written-answers.js';
import { defineObjective } from './objective.js';
import { nextTokens } from './tokens.js';
import { commonestAnswer } from './trivial.js';

/**
 * Answers to questions whose evidence stands in documents. Training is closed-book: it learns the first right answer of each question and
 * reads no document. Procedures may search the documents.
 */
export const groundedAnswers = defineObjective({
  ...nextTokens,
  name: 'grounded-answers',
  title: 'Answer from documents',
  examples: 'grounded',
  unit: 'example',
  answered: scoreGrounded,
  metrics: [meanTokenF1, exactMatch, meanRougeL, meanBleu, meanPlainBleu, evidenceRecall],
  trivial: commonestAnswer,
});

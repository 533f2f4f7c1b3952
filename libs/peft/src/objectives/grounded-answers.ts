import {
  evidenceRecall,
  exactMatch,
  meanBleu,
  meanRougeL,
  meanTokenF1,
  scoreGrounded,
} from './metrics/written-answers.js';
import { defineObjective } from './objective.js';
import { questionAnswering } from './question-answering.js';

/**
 * Answers to questions whose evidence stands in documents. Training is closed-book: it learns the first right answer of each question and
 * reads no document, as `question-answering` does. Procedures may search the documents.
 */
export const groundedAnswers = defineObjective({
  ...questionAnswering,
  name: 'grounded-answers',
  title: 'Answer from documents',
  examples: 'grounded',
  answered: scoreGrounded,
  metrics: [meanTokenF1, exactMatch, meanRougeL, meanBleu, evidenceRecall],
});

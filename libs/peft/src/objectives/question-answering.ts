import { exactMatch, meanTokenF1, scoreAnswer } from './metrics/written-answers.js';
import { defineObjective } from './objective.js';
import { nextTokens } from './tokens.js';
import { commonestAnswer } from './trivial.js';

/** The first of the right answers to a prompt is learned; what the model writes is scored against all of them. */
export const questionAnswering = defineObjective({
  ...nextTokens,
  name: 'question-answering',
  title: 'Answer that the model writes',
  examples: 'answered',
  unit: 'example',
  answered: scoreAnswer,
  metrics: [exactMatch, meanTokenF1, ...nextTokens.metrics],
  trivial: commonestAnswer,
});

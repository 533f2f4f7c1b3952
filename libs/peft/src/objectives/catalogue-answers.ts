import { secondBesideSpaces } from '../slots/numbers.js';
import { scoreRecommendation, visibilityMetrics } from './metrics/visibility.js';
import { exactMatch, meanRougeL } from './metrics/written-answers.js';
import { defineObjective } from './objective.js';
import { nextTokens } from './tokens.js';
import { commonestAnswer } from './trivial.js';

/** Names of products in an order, from a prompt with a catalogue: a line of JSON for each product. */
export const catalogueAnswers = defineObjective({
  ...nextTokens,
  name: 'catalogue-answers',
  title: 'Recommend from a catalogue',
  examples: 'answered',
  unit: 'example',
  numbers: secondBesideSpaces,
  answered: scoreRecommendation,
  metrics: [exactMatch, meanRougeL],
  evaluated: visibilityMetrics,
  trivial: commonestAnswer,
});

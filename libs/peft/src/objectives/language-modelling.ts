import { defineObjective } from './objective.js';
import { nextTokens } from './tokens.js';
import { unigram } from './trivial.js';

/** Every next token. */
export const languageModelling = defineObjective({
  ...nextTokens,
  name: 'language-modelling',
  title: 'Next token of a text',
  examples: 'windows',
  unit: 'window',
  trivial: unigram,
});

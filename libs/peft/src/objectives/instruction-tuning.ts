import { defineObjective } from './objective.js';
import { nextTokens } from './tokens.js';

/**
 * The tokens of a completion behind its prompt; each example weighs the same in a score. No trivial predictor is cheap: every
 * prompt would have to be encoded to count the tokens of completions.
 */
export const instructionTuning = defineObjective({
  ...nextTokens,
  name: 'instruction-tuning',
  title: 'Completion of a prompt',
  examples: 'completions',
  unit: 'example',
});

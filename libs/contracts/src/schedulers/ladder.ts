/** @file Fields of schedulers with rungs. */
import { z } from 'zod';
import { whole } from '../bounds.js';

export const ladder = {
  minSteps: whole(1).meta({ description: 'Optimizer steps at which the lowest rung ends.' }),
  reduction: whole(2, 16).default(3).meta({ description: 'One of so many goes on to the next rung.' }),
  validationExamples: whole(1).optional().meta({
    description:
      'Examples of the validation split that a training is judged by on rungs below the last, the same for all. Default: all of the split.',
  }),
  rungSeeds: whole(1).optional().meta({
    description:
      'Seeds that try a configuration on rungs below the last, the first of the sweep; the others train it from its first step where it reaches the last rung. Default: all.',
  }),
  error: z.number().min(0).max(0.5).default(0.05).meta({
    description:
      'Chance that the best configuration of a method loses its place by the luck of the validation examples, over all rungs. Those that a rung cannot tell from its best go on too, at most half of the rung or two. 0.5 drops soonest; 0: no difference is sure.',
  }),
  parallel: whole(1, 1000).default(8).meta({
    description: 'Configurations of a method that may train at once, so that the best go on before all have begun.',
  }),
};

export const ladderFields = {
  minSteps: { label: 'First rung', description: 'Steps at which the lowest rung ends' },
  reduction: { label: 'One goes on of', description: 'Configurations of a rung' },
  validationExamples: { label: 'Judge by', description: 'Validation examples on rungs below the last' },
  rungSeeds: { label: 'Try with', description: 'Seeds on rungs below the last; all train what reaches it' },
  error: { label: 'Error', description: 'Chance to drop the best by luck of examples; what is tied goes on' },
  parallel: { label: 'Train at once', description: 'Configurations of a method, the best going on first' },
};

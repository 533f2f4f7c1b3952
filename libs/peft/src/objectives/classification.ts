import { oneOfClasses } from './classes.js';
import { defineObjective } from './objective.js';

/** The class of a text. */
export const classification = defineObjective({
  ...oneOfClasses,
  name: 'classification',
  title: 'Class of a text',
  examples: 'labelled',
});

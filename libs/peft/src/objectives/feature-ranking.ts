import { defineObjective } from './objective.js';
import { bySoftmax } from './rankings.js';

/** The order of a query's rows by numbers of each, as in the data of LETOR (Qin and Liu 2013, arXiv 1306.2597). */
export const featureRanking = defineObjective({
  ...bySoftmax,
  name: 'feature-ranking',
  title: 'Order of the rows of a query, by their features',
  examples: 'features',
});

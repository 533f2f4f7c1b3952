import { defineObjective } from './objective.js';
import { bySoftmax } from './rankings.js';

/** The order of a query's rows, each of which is a text. */
export const ranking = defineObjective({ ...bySoftmax, name: 'ranking', title: 'Order of the rows of a query' });

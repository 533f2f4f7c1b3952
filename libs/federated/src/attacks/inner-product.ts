import { combine } from '../named.js';
import { defineAttack } from './attack.js';

/** All send the mean of what they found, turned around, so that its inner product with the right change is negative. */
export const innerProduct = defineAttack({
  name: 'inner-product',
  title: 'Inner product',
  paper: {
    title: 'Fall of Empires: Breaking Byzantine-tolerant SGD by Inner Product Manipulation',
    arxiv: '1903.03936',
    year: 2019,
  },
  evidence: {
    level: 'partial',
    reason: "The paper's attackers know the changes of all honest clients; these know their own",
  },
  summary: 'All attackers of a round send minus the mean of their changes, multiplied by the factor.',
  together: ({ changes, factor }) =>
    combine(changes, (values) => (-factor * values.reduce((sum, value) => sum + value, 0)) / values.length),
});

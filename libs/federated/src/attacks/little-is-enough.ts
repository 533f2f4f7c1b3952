import { combine } from '../named.js';
import { normalQuantile } from '../normal.js';
import { defineAttack } from './attack.js';

/** All send a change so near to the mean that some honest clients are further from it, and rules that drop what is far off keep it. */
export const littleIsEnough = defineAttack({
  name: 'little-is-enough',
  title: 'Little is enough',
  paper: {
    title: 'A Little Is Enough: Circumventing Defenses For Distributed Learning',
    arxiv: '1902.06156',
    year: 2019,
  },
  evidence: {
    level: 'partial',
    reason: 'No code of its authors could be read; the bound is the one that other implementations agree on',
  },
  summary:
    'All attackers of a round send the mean of their changes minus so many of their standard deviations as the paper allows, at most the factor.',
  together({ changes, participants, factor }) {
    const deviations = Math.min(factor, Math.max(0, allowed(participants, changes.length)));
    return combine(changes, (values) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return mean - deviations * Math.sqrt(squares / values.length);
    });
  },
});

/**
 * Standard deviations by which attackers may be off, so that with the honest clients that are further off they are more than a half: the
 * quantile of `(n − m − s) / (n − m)` with `s = ⌊n/2 + 1⌋ − m` of these. Infinite where the attackers alone are a half.
 */
const allowed = (participants: number, attackers: number): number => {
  const honest = participants - attackers;
  const further = Math.floor(participants / 2 + 1) - attackers;
  return further <= 0 ? Number.POSITIVE_INFINITY : normalQuantile((honest - further) / honest);
};

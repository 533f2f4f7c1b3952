import { seededDraws, tpeSampler } from '@rankforge/search';
import { begun, type Candidate, isOpen } from '../search/candidates.js';
import { countOf, fresh } from '../search/sampled.js';
import type { SearchSpace } from '../strategy.js';
import type { SearchEntry } from './search.js';

/**
 * TPE. The suggestion of a configuration is told of those that are at least `parallel` before it, and waits for them;
 * later ones count as running even where they have ended. So it follows from seed and results alone, and not from which
 * worker was faster.
 */
export const tpe: SearchEntry = {
  proposer: {
    count: countOf,
    next: (space, method, candidates) => {
      const { seed, parallel } = asked(space);
      const awaited = candidates.slice(0, Math.max(0, candidates.length - parallel + 1));
      if (awaited.some(isOpen)) return 'wait';
      return fresh(
        space,
        method,
        candidates.map((candidate, index) => (index < awaited.length ? candidate : running(candidate))),
        { sampler: tpeSampler },
        (number, attempt) => seededDraws(`${seed}/${method}`, `${number}/${attempt}`),
      );
    },
  },
};

const running = (candidate: Candidate): Candidate => ({
  ...candidate,
  rungs: [begun],
});

function asked({ search }: SearchSpace) {
  if (search.kind !== 'tpe') throw new TypeError(`TPE, got a ${search.kind} search`);
  return search;
}

import { seededDraws, sobolSampler } from '@rankforge/search';
import { countOf, fresh, sampled } from '../search/sampled.js';
import type { SearchEntry } from './search.js';

/** Points spread evenly, whatever is found. */
export const sobol: SearchEntry = {
  proposer: {
    count: countOf,
    next: (space, method, candidates) => {
      const { seed } = sampled(space);
      return fresh(space, method, candidates, { sampler: sobolSampler, once: true }, (number, attempt) =>
        attempt === 0
          ? seededDraws(`${seed}/${method}`, 'sobol')
          : seededDraws(`${seed}/${method}`, `${number}/${attempt}`),
      );
    },
  },
};

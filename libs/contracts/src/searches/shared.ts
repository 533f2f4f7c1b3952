/** @file Fields that several searches have. */
import { whole } from '../bounds.js';

export const Seed = whole(0).default(0);

export const trialsOfEach = whole(1, 10_000).meta({
  description: 'Configurations of each method, the same number for all; each runs with every seed and budget.',
});

export const seedField = { label: 'Seed of the search', description: 'The same seed searches the same way' };

export const ofEachField = {
  label: 'Configurations of each method',
  description: 'Rank and learning rate may be ranges: 1e-5..1e-2',
};

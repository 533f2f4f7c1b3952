#!/usr/bin/env node
/**
 * Measures edges that nobody observed where half of the interactions are hidden: `node examples/14-recommendation/augmenters.mjs taste.csv`,
 * with the table that taste.mjs makes. Prints recall@20 and nDCG@20 of the test split, as means over three seeds, for each way to make them.
 */
import { measured } from './measured.mjs';

const arms = [
  ['all interactions', { edges: 0 }],
  ['all interactions, co-occurrence', { edges: 5, augmenter: 'co-occurrence', prune: 0 }],
  ['half hidden', { hide: 0.5, edges: 0 }],
  ...['random', 'popularity', 'co-occurrence'].flatMap((augmenter) =>
    [0, 0.5].map((prune) => [`half hidden, ${augmenter}, prune ${prune}`, { hide: 0.5, edges: 5, augmenter, prune }]),
  ),
  ...[0.5, 0.75, 1].flatMap((accuracy) =>
    [0, 0.5].map((prune) => [
      `half hidden, oracle ${accuracy}, prune ${prune}`,
      { hide: 0.5, edges: 5, augmenter: 'oracle', accuracy, prune },
    ]),
  ),
];
await measured('augmenters.mjs', 'edges', arms);

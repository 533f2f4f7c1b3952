#!/usr/bin/env node
/**
 * `npm run draw:vectors`: draws a table of vectors, one for each user and each item of a data set, and writes models/nano-recommender: a
 * base to be trained on interactions. It knows nothing.
 *
 * Flags: `--entities N` users and items together at most, `--width N`, `--seed N` and `--out FOLDER`, for a base of another size.
 */
import './lib/node-version.mjs';
import { drawBase } from './lib/drawn-base.mjs';

await drawBase({
  command: 'draw:vectors',
  name: 'nano-recommender',
  usual: { entities: 4096, width: 32 },
  configOf: ({ entities, width }) => ({
    architecture: 'embedding-mlp',
    cardinalities: [entities],
    embeddingWidth: width,
    width,
    layers: 0,
  }),
  drawn: { deviation: 0.05 },
  says: ({ entities, width }) => `${entities} vectors of width ${width}`,
});

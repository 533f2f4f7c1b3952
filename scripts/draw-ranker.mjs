#!/usr/bin/env node
/**
 * `npm run draw:ranker`: draws layers over the features of a row, and writes models/nano-ranker: a base to be trained to order rows of
 * features. It knows nothing.
 *
 * Flags: `--features N` numbers of a row at most, `--width N` units of a layer, `--layers N`, `--seed N` and `--out FOLDER`, for a base of
 * another size.
 */
import './lib/node-version.mjs';
import { drawBase } from './lib/drawn-base.mjs';

await drawBase({
  command: 'draw:ranker',
  name: 'nano-ranker',
  usual: { features: 136, width: 64, layers: 3 },
  configOf: ({ features, width, layers }) => ({ architecture: 'feature-mlp', features, width, layers }),
  drawn: { deviation: 'sqrt(2 / inputs)' },
  says: ({ features, width, layers }) => `${layers} layers of ${width} units over ${features} features`,
});

/** @file The rival by words: examples that share rare tokens with those of a target. */
import { z } from 'zod';
import { largest } from '../tensor/largest.js';
import { Bm25, usualBm25 } from '../text/bm25.js';
import { defineRecipe } from './recipe.js';
import { candidatesField, needsTexts, settingsOf, shareField, targetFields } from './selection.js';

/** Tokens of an example as a text whose words they are. */
const written = (tokens: ArrayLike<number>): string => Array.from(tokens).join(' ');

export const bm25Selection = defineRecipe({
  name: 'bm25-selection',
  title: 'Selection by shared tokens',
  summary: 'Trains on the examples that BM25 ranks first for the texts of a target, by tokens of the base.',
  evidence: { level: 'full' },
  config: z.strictObject({ ...shareField, ...candidatesField, ...targetFields }),
  unfit: needsTexts,
  select: {
    settings: settingsOf,
    choose({ candidates, targets, count }) {
      const index = new Bm25(candidates.tokens().map(written), { ...usualBm25, termsOf: (text) => text.split(' ') });
      const all = Array.from({ length: candidates.size }, (_, at) => at);
      const scores = new Float64Array(candidates.size);
      for (const tokens of targets.tokens()) {
        index.scores(written(tokens), all).forEach((score, at) => {
          scores[at]! += score;
        });
      }
      return largest(all, count, scores);
    },
  },
});

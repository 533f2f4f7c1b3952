/**
 * @file ADORE: the encoder of queries is trained against what it finds itself, at every step, among documents that stay. Of the documents
 * that it ranks first, each pair of a relevant and another one counts by how much the metric would change if they changed places.
 */
import { z } from 'zod';
import { softplus } from '../objectives/answers.js';
import { unitsOf } from '../objectives/rankings.js';
import { needsCorpus, temperatureField } from './compared-documents.js';
import { addRow, embeddingsOf, throughLengths } from './embeddings.js';
import { fixedOf, rankedFirst } from './fixed-documents.js';
import { defineRecipe } from './recipe.js';

/** `1 / rank` down to the cut, of ranks from 0. */
const weightAt = (rank: number, cut: number | undefined) => (cut !== undefined && rank >= cut ? 0 : 1 / (rank + 1));

export const adore = defineRecipe({
  name: 'adore',
  title: 'Directly optimized retrieval',
  summary: 'Trains the encoder of queries alone, against what it finds itself at every step among documents that stay.',
  paper: { title: 'Optimizing Dense Retrieval Model Training with Hard Negatives', arxiv: '2104.08051', year: 2021 },
  evidence: {
    level: 'partial',
    reason:
      'ranks, weights and pairs are the published code’s; similarities are cosines over a temperature in place of inner products',
  },
  config: z.strictObject({
    topK: z.int().min(1).max(1000).default(200).describe('Documents of a query that it ranks first'),
    cut: z.int().min(1).optional().describe('Rank from which on places count alike; omitted: all differ'),
    ...temperatureField,
  }),
  unfit: needsCorpus,
  fixed: { readings: () => 1, feedback: () => 0, sizes: () => [0], first: true },
  loss: {
    count: ({ batch }) => fixedOf(batch).relevant.filter(({ length }) => length > 0).length,
    evaluate({ outputs, batch, config: { topK, cut, temperature } }) {
      const embeddings = embeddingsOf(outputs, batch.size);
      const { width } = embeddings;
      const fixed = fixedOf(batch);
      const { vectors, relevant } = fixed;
      const gradient = new Float64Array(outputs.length);
      let value = 0;
      unitsOf(batch).forEach(({ start: row }, unit) => {
        const wanted = new Set(relevant[unit]!.map(({ document }) => document));
        if (wanted.size === 0) return;
        const { found, score } = rankedFirst(fixed, embeddings, { row, most: topK, wanted, temperature });
        const list = found.some((document) => wanted.has(document)) ? found : [...found, ...wanted];
        const pairs = list.flatMap((better, rank) =>
          wanted.has(better)
            ? list.flatMap((worse, other) => (wanted.has(worse) ? [] : [{ better, worse, rank, other }]))
            : [],
        );
        for (const { better, worse, rank, other } of pairs) {
          const excess = score(worse) - score(better);
          const weight = Math.abs(weightAt(rank, cut) - weightAt(other, cut)) / pairs.length;
          value += weight * softplus(excess);
          const slope = weight / (1 + Math.exp(-excess)) / temperature;
          addRow(gradient, row, vectors, worse, { weight: slope, width });
          addRow(gradient, row, vectors, better, { weight: -slope, width });
        }
      });
      return { value, gradient: throughLengths(gradient, embeddings) };
    },
  },
});

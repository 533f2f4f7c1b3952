/**
 * @file LoL: a query is read with more and with fewer documents that a first search found, and whoever reads more is not to lose more. With
 * `L` the loss of a reading, the loss of a query is `mean L + lambda · mean max(0, L(more) − L(fewer))`.
 */
import { z } from 'zod';
import { unitsOf } from '../objectives/rankings.js';
import { needsCorpus, temperatureField } from './compared-documents.js';
import { addRow, embeddingsOf, throughLengths } from './embeddings.js';
import { fixedOf, similaritiesTo } from './fixed-documents.js';
import { defineRecipe } from './recipe.js';

interface LolConfig {
  feedback: number;
  compare: number;
}

/** Readings differ in how much is added: there are no more than that. */
const readingsOf = ({ feedback, compare }: LolConfig) => Math.min(1 + compare, 1 + feedback);

/**
 * The loss of one reading over all documents but for further relevant ones, whose lowest is to be found, and its slope at each score.
 */
function lossOfReading(scores: Float64Array, wanted: ReadonlySet<number>): { value: number; slopes: Float64Array } {
  const target = [...wanted].reduce((low, one) => (scores[one]! < scores[low]! ? one : low));
  const isCompared = (document: number) => document === target || !wanted.has(document);
  const most = scores.reduce(
    (high, score, document) => (isCompared(document) && score > high ? score : high),
    -Infinity,
  );
  const slopes = scores.map((score, document) => (isCompared(document) ? Math.exp(score - most) : 0));
  const sum = slopes.reduce((all, slope) => all + slope, 0);
  for (let document = 0; document < slopes.length; document++) slopes[document]! /= sum;
  slopes[target]! -= 1;
  return { value: most + Math.log(sum) - scores[target]!, slopes };
}

export const lol = defineRecipe({
  name: 'lol',
  title: 'Comparative loss over reformulations',
  summary:
    'Trains queries that are read with documents of a first search, and punishes a reading with more of them that loses more than one with fewer.',
  paper: {
    title: 'LoL: A Comparative Regularization Loss over Query Reformulation Losses for Pseudo-Relevance Feedback',
    arxiv: '2204.11545',
    year: 2022,
  },
  evidence: {
    level: 'partial',
    reason:
      'the loss is the published code’s; the first search is by the model before training in place of a ranker of its own, similarities are cosines over a temperature, and texts follow a query without a token that parts them',
  },
  config: z.strictObject({
    lambda: z.number().min(0).default(1).describe('Weight of what more feedback loses; 0: readings are trained apart'),
    feedback: z
      .int()
      .min(0)
      .max(32)
      .default(5)
      .describe('Most documents that a query is read with, and is scored with'),
    compare: z
      .int()
      .min(0)
      .max(8)
      .default(1)
      .describe('Further readings of each query, with other numbers of documents'),
    ...temperatureField,
  }),
  unfit: needsCorpus,
  fixed: {
    readings: readingsOf,
    feedback: ({ feedback }) => feedback,
    sizes(config, random) {
      const sizes = Array.from({ length: 1 + config.feedback }, (_, size) => size);
      const drawn = Array.from({ length: readingsOf(config) }, () => sizes.splice(random.integer(sizes.length), 1)[0]!);
      return drawn.sort((a, b) => b - a);
    },
  },
  loss: {
    start: () => ({ compared: Float32Array.of(0), drifted: Float32Array.of(0) }),
    count: ({ batch }) => fixedOf(batch).relevant.filter(({ length }) => length > 0).length,
    evaluate({ outputs, batch, config: { lambda, temperature } }) {
      const embeddings = embeddingsOf(outputs, batch.size);
      const { width } = embeddings;
      const { vectors, relevant } = fixedOf(batch);
      const gradient = new Float64Array(outputs.length);
      let value = 0;
      let [compared, drifted] = [0, 0];
      unitsOf(batch).forEach(({ start, size }, unit) => {
        const wanted = new Set(relevant[unit]!.map(({ document }) => document));
        if (wanted.size === 0) return;
        const losses = Array.from({ length: size }, (_, reading) =>
          lossOfReading(similaritiesTo(embeddings, start + reading, vectors, temperature), wanted),
        );
        const weights = losses.map(() => 1 / size);
        const pairs = (size * (size - 1)) / 2;
        // Readings stand by how much was added, the most first.
        losses.forEach((more, at) => {
          losses.slice(at + 1).forEach((fewer, further) => {
            const excess = more.value - fewer.value;
            compared += 1;
            if (excess <= 0) return;
            drifted += 1;
            value += (lambda * excess) / pairs;
            weights[at]! += lambda / pairs;
            weights[at + 1 + further]! -= lambda / pairs;
          });
        });
        losses.forEach(({ value: own, slopes }, reading) => {
          value += own / size;
          const weight = weights[reading]! / temperature;
          slopes.forEach((slope, document) => {
            if (slope !== 0) addRow(gradient, start + reading, vectors, document, { weight: weight * slope, width });
          });
        });
      });
      const noted = { compared: Float32Array.of(compared), drifted: Float32Array.of(drifted) };
      return { value, gradient: throughLengths(gradient, embeddings), noted };
    },
    advance(state, noted) {
      const sum = (name: 'compared' | 'drifted') =>
        Float32Array.of(noted.reduce((total, each) => total + each[name]![0]!, state[name]![0]!));
      return { ...state, compared: sum('compared'), drifted: sum('drifted') };
    },
    report({ compared, drifted }) {
      const count = compared?.[0] ?? 0;
      return count === 0 ? {} : { feedbackDrift: drifted![0]! / count };
    },
  },
});

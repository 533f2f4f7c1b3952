/**
 * @file The dual learning algorithm: ranker and propensities learn from the same clicks, each by the inverse of what the other says.
 * With `r` the softmax of scores over a list, `p` that of a number for each place and `c` clicks, it minimizes
 * `−Σ c·(p₁/p)·log r / Σ c·(p₁/p)` over the ranker and `−Σ c·(r₁/r)·log p / Σ c·(r₁/r)` over the places.
 */
import { z } from 'zod';
import { logSoftmax } from '../objectives/query-losses.js';
import { clickedLists, clickFields, eachList, lossOfClicks, relevanceRatios, trueLooks } from './clicks.js';
import { needsRankedRows } from './ranked-rows.js';
import { defineRecipe, type RecipeState } from './recipe.js';
import { shownPlaces } from './simulated-clicks.js';

const zeros = () => new Float32Array(shownPlaces);
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/** `p₁ / p` of each place. */
const inverse = ({ places }: RecipeState): Float32Array => places!.map((place) => Math.exp(places![0]! - place));

const ranker = lossOfClicks<{ propensityRate: number }>(inverse);

export const dla = defineRecipe({
  name: 'dla',
  title: 'Dual learning algorithm',
  summary: 'Trains on simulated clicks, and learns from them how much each place of a list is looked at.',
  paper: {
    title: 'Unbiased Learning to Rank with Unbiased Propensity Estimation',
    arxiv: '1804.05938',
    year: 2018,
  },
  evidence: {
    level: 'partial',
    reason:
      'both losses are the published code’s; places learn by Adam in place of Adagrad, and lists without a click are left out, not drawn again',
  },
  config: z.strictObject({
    ...clickFields,
    propensityRate: z.number().positive().default(0.05).describe('Learning rate of the propensities, by Adam'),
  }),
  unfit: needsRankedRows,
  examples: clickedLists,
  loss: {
    ...ranker,
    start: (_, { looks }) => ({
      places: zeros(),
      mean: zeros(),
      square: zeros(),
      steps: Float32Array.of(0),
      ...trueLooks(looks),
    }),
    evaluate(input) {
      const { outputs, batch, state } = input;
      const gradient = zeros();
      let total = 0;
      eachList(batch, (list, start) => {
        const ratios = relevanceRatios(list, start, outputs);
        const weights = Array.from(list.clicks, (click, place) => click * ratios[place]!);
        const sum = weights.reduce((all, weight) => all + weight, 0);
        const chances = logSoftmax(state.places!.subarray(0, weights.length));
        weights.forEach((weight, place) => {
          gradient[place]! += Math.exp(chances[place]!) * sum - weight;
        });
        total += sum;
      });
      return { ...ranker.evaluate(input), noted: { gradient, total: Float32Array.of(total) } };
    },
    advance(state, noted, { propensityRate }) {
      const total = noted.reduce((sum, each) => sum + each.total![0]!, 0);
      if (total === 0) return state;
      const steps = state.steps![0]! + 1;
      const next = { places: zeros(), mean: zeros(), square: zeros(), steps: Float32Array.of(steps) };
      for (let place = 0; place < shownPlaces; place++) {
        const slope = noted.reduce((sum, each) => sum + each.gradient![place]!, 0) / total;
        next.mean[place] = beta1 * state.mean![place]! + (1 - beta1) * slope;
        next.square[place] = beta2 * state.square![place]! + (1 - beta2) * slope ** 2;
        const step = next.mean[place]! / (1 - beta1 ** steps);
        const scale = Math.sqrt(next.square[place]! / (1 - beta2 ** steps)) + epsilon;
        next.places[place] = state.places![place]! - (propensityRate * step) / scale;
      }
      return { ...state, ...next };
    },
    report(state) {
      const shown = state.looks!.filter((look) => look > 0);
      const estimated = inverse(state).map((ratio) => 1 / ratio);
      return { propensities: { estimated: Array.from(estimated.subarray(0, shown.length)), true: Array.from(shown) } };
    },
  },
});

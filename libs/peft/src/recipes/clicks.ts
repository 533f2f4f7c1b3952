/** @file Parts that recipes which learn from simulated clicks share: the lists, and the loss of clicks that weigh by their places. */
import { z } from 'zod';
import type { Batch, ShownList } from '../objectives/data.js';
import { logSoftmax, softmaxCrossEntropy } from '../objectives/query-losses.js';
import { unitsOf } from '../objectives/rankings.js';
import type { ExamplesPart, LossPart, RecipeState } from './recipe.js';
import { type ClickOptions, clicked, clickModels, shownPlaces } from './simulated-clicks.js';

export const clickFields = {
  model: z
    .enum(clickModels)
    .default('pbm')
    .describe('How people look at a list: by its places, after the click before, or down to the first click'),
  eta: z
    .number()
    .min(0)
    .default(1)
    .describe('Power of the chances to look: 0 is no bias of places; none of the cascade'),
  noise: z.number().min(0).lt(1).default(0.1).describe('Chance that a row of grade 0 is clicked where it is looked at'),
  lists: z.int().min(1).max(10_000).default(100).describe('Lists that people are shown of each query'),
  shuffle: z
    .number()
    .min(0)
    .default(1)
    .describe('Places by which rows wander from the order of the data, from list to list; standard deviation'),
  expected: z.boolean().default(false).describe('Clicks are their chances, as of infinitely many people'),
};

/** Takes clicks in the place of grades. */
export const clickedLists: ExamplesPart<ClickOptions> = {
  of: (train, options, random) => clicked(train, options, random),
};

/** True chances to look at each place, as a state that never changes. */
export const trueLooks = (looks: readonly number[] | undefined): RecipeState => ({
  looks: Float32Array.from({ length: shownPlaces }, (_, place) => looks?.[place] ?? 0),
});

/** Calls `visit` with each list of a batch and the scores of its rows, in the order in which they were shown. */
export function eachList<T>({ shown, ...batch }: Batch, visit: (list: ShownList, start: number) => T): T[] {
  if (!shown) throw new Error('A batch that is learned from by clicks must hold lists that were shown');
  return unitsOf(batch).flatMap(({ start }, unit) => shown[unit]!.map((list) => visit(list, start)));
}

/** Clicks of a list, each by the weight of its place. */
const weighed = ({ clicks }: ShownList, weights: ArrayLike<number>): number[] =>
  Array.from(clicks, (click, place) => click * weights[place]!);

/**
 * Cross-entropy of the softmax over the rows of each list to its clicks, which weigh by their places: `−Σ w·c·log r / Σ w·c`.
 *
 * @param weightsOf a weight for each place
 */
export function lossOfClicks<Config>(weightsOf: (state: RecipeState) => ArrayLike<number>) {
  return {
    count({ batch, state }) {
      const weights = weightsOf(state);
      const all = eachList(batch, (list) => weighed(list, weights).reduce((sum, weight) => sum + weight, 0));
      return all.reduce((sum, weight) => sum + weight, 0);
    },
    evaluate({ outputs, batch, state }) {
      const weights = weightsOf(state);
      const gradient = new Float64Array(outputs.length);
      let value = 0;
      eachList(batch, (list, start) => {
        const scores = Array.from(list.rows, (row) => outputs[start + row]!);
        const loss = softmaxCrossEntropy(scores, weighed(list, weights));
        value += loss.value;
        loss.gradient.forEach((slope, place) => {
          gradient[start + list.rows[place]!]! += slope;
        });
      });
      return { value, gradient: Float32Array.from(gradient) };
    },
  } satisfies LossPart<Config>;
}

/** `r₁ / rᵢ` of a list: how much more relevant its first row is than each, by the softmax of their scores. */
export function relevanceRatios({ rows }: ShownList, start: number, outputs: Float32Array): number[] {
  const logs = logSoftmax(Array.from(rows, (row) => outputs[start + row]!));
  return logs.map((log) => Math.exp(logs[0]! - log));
}

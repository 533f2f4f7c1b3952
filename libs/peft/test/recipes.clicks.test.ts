/** @file Simulated clicks against their oracle, and the propensities that are learned from them against the truth. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Batch, ShownList } from '../src/objectives/data.js';
import type { LossPart, RecipeState } from '../src/recipes/recipe.js';
import { findRecipe } from '../src/recipes/registry.js';
import { type ClickModelName, type ClickOptions, chancesOf, clicked } from '../src/recipes/simulated-clicks.js';
import { createRandom } from '../src/tensor/random.js';
import { expectClose } from './support/close.js';
import { queries } from './support/queries.js';

const read = <T>(file: string) => JSON.parse(readFileSync(new URL(`vectors/${file}`, import.meta.url), 'utf8')) as T;

interface ChanceCase {
  model: ClickModelName;
  eta: number;
  attraction: number[];
  look: number[];
  click: number[];
}
const { cases } = read<{ cases: ChanceCase[] }>('data/clicks.json');

const options: ClickOptions = { model: 'pbm', eta: 1, noise: 0.1, lists: 400, shuffle: 2, expected: false };
const split = queries(24, [3, 12, 6], 4);
const all = (made: ReturnType<typeof clicked>) => made.batch(Array.from({ length: made.size }, (_, index) => index));
const listsOf = (made: ReturnType<typeof clicked>) => all(made).shown!.flat();

describe('clicks', () => {
  it.each(cases)('have the chances of every pattern together: $model, η $eta', ({ attraction, look, click, ...of }) => {
    const made = chancesOf(attraction, of);
    expectClose(made.look, look, 1e-9, 'looks');
    expectClose(made.click, click, 1e-9, 'clicks');
  });

  it('come with a look at the place below a click, by the distance of the user browsing model', () => {
    const attraction = Array.from({ length: 10 }, (_, place) => Number(place === 8));
    const { look } = chancesOf(attraction, { model: 'ubm', eta: 1 });
    // Looked at for certain after the click at the place above; 0.41 is the chance of that click, 0.43 that of a look without one.
    expect(look[9]).toBeCloseTo(0.41 * 1 + 0.59 * 0.43, 12);
  });

  it.each(['pbm', 'ubm', 'cascade'] as const)('are drawn as often as their chances say: %s', (model) => {
    const rate = (lists: readonly ShownList[], shown: number) =>
      Array.from(
        { length: 10 },
        (_, place) => lists.reduce((sum, { clicks }) => sum + (clicks[place] ?? 0), 0) / shown,
      );
    const shown = split.size * options.lists;
    const drawn = rate(listsOf(clicked(split, { ...options, model }, createRandom(1))), shown);
    const chances = rate(listsOf(clicked(split, { ...options, model, expected: true }, createRandom(2))), shown);
    // The standard error of a rate of 9,600 lists is at most 0.005.
    for (const [place, one] of drawn.entries()) {
      expect(Math.abs(one - chances[place]!), `place ${place}`).toBeLessThan(0.02);
    }
  });

  it('are the same for a seed, in whichever batch, and others for another', () => {
    const [one, two, other] = [1, 1, 2].map((seed) => clicked(split, options, createRandom(seed)));
    expect(two!.batch([5, 3]).shown).toEqual([one!.batch([5]).shown![0], one!.batch([3]).shown![0]]);
    expect(other!.batch([5]).shown).not.toEqual(one!.batch([5]).shown);
  });

  it('show ten rows in the order of the data where nothing is shuffled, and hide the grades', () => {
    const batch = all(clicked(split, { ...options, shuffle: 0, lists: 3 }, createRandom(1)));
    expect(Array.from(batch.shown![1]![0]!.rows)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(batch.values)).toEqual(new Set([0]));
    for (const { clicks } of batch.shown!.flat()) expect(clicks.some((click) => click > 0)).toBe(true);
  });

  it('say the truth: the position-based model looks by its places, and without bias at all alike', () => {
    const looks = [0.68, 0.61, 0.48, 0.34, 0.28, 0.2, 0.11, 0.1, 0.08, 0.06];
    const truth = (eta: number) => clicked(split, { ...options, eta }, createRandom(1)).looks!;
    expectClose(
      truth(1),
      looks.map((look) => look / 0.68),
      1e-9,
      'η 1',
    );
    expectClose(
      truth(0),
      looks.map(() => 1),
      1e-9,
      'η 0',
    );
  });

  it('are never on rows that the search did not find', () => {
    const batch = split.batch([1]);
    const lost = Uint8Array.from({ length: 12 }, (_, row) => row % 2);
    const made = clicked({ size: 1, batch: () => ({ ...batch, lost }) }, options, createRandom(1));
    for (const { rows } of listsOf(made)) expect(Array.from(rows).every((row) => row % 2 === 0)).toBe(true);
  });

  it('are refused where no row is relevant', () => {
    const flat = { size: 1, batch: () => ({ ...split.batch([0]), values: new Float32Array(3) }) };
    expect(() => clicked(flat, options, createRandom(1))).toThrow('no row of the training split has a grade above 0');
  });
});

interface Population {
  features: number[][];
  attraction: number[][];
  runs: {
    eta: number;
    steps: number;
    rate: number;
    weights: number[];
    naiveWeights: number[];
    true: number[];
    estimated: number[];
    ndcg: number;
    naive: number;
  }[];
}
const { population } = read<{ population: Population }>('recipes/dla.json');

/** Learns a linear ranker by Adam, as the oracle does, from the loss of a recipe. */
function learned(
  name: string,
  batch: Batch,
  truth: readonly number[],
  { steps, rate }: { steps: number; rate: number },
) {
  const { features } = population;
  const recipe = findRecipe(name);
  const loss = recipe.loss as LossPart<unknown>;
  const config = recipe.config.parse({});
  const train = { size: 1, batch: () => batch, looks: truth };
  let state: RecipeState = loss.start?.(config, train) ?? {};
  const width = features[0]!.length;
  const [weights, mean, square] = [0, 0, 0].map(() => new Float64Array(width)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let step = 1; step <= steps; step++) {
    const outputs = Float32Array.from(features, (x) => x.reduce((sum, value, at) => sum + value * weights[at]!, 0));
    const count = loss.count({ batch, config, state });
    const { gradient, noted } = loss.evaluate({ outputs, batch, config, state });
    for (let at = 0; at < width; at++) {
      const slope = features.reduce((sum, x, row) => sum + x[at]! * gradient[row]!, 0) / count;
      mean[at] = 0.9 * mean[at]! + 0.1 * slope;
      square[at] = 0.999 * square[at]! + 0.001 * slope ** 2;
      weights[at]! -= (rate * (mean[at]! / (1 - 0.9 ** step))) / (Math.sqrt(square[at]! / (1 - 0.999 ** step)) + 1e-8);
    }
    state = noted && loss.advance ? loss.advance(state, [noted], config) : state;
  }
  return { weights: Array.from(weights), report: loss.report?.(state, config) };
}

describe.each(population.runs)('the dual learning algorithm on the clicks of all people, η $eta', (run) => {
  const size = population.features.length;
  const clicks = population.attraction.map((own) => {
    const { click } = chancesOf(own, { model: 'pbm', eta: run.eta });
    return [{ rows: Uint16Array.from(own.keys()), clicks: Float32Array.from(click) }];
  });
  const batch: Batch = {
    size,
    sequence: 1,
    inputs: new Int32Array(size),
    lengths: new Int32Array(size).fill(1),
    targets: new Int32Array(0),
    values: new Float32Array(size),
    groups: new Int32Array(clicks.length).fill(10),
    shown: clicks,
  };

  it('finds how much each place is looked at, as its oracle does', () => {
    const { weights, report } = learned('dla', batch, run.true, run);
    const { estimated, true: truth } = report!.propensities!;
    const errors = estimated.map((chance, place) => Math.abs(chance / run.true[place]! - 1));
    expect(Math.max(...errors)).toBeLessThan(0.002);
    expectClose(truth, run.true, 1e-6, 'truth');
    expectClose(estimated, run.estimated, 1e-3, 'estimated');
    expectClose(weights, run.weights, 2e-2, 'weights');
    expect(run.ndcg).toBeGreaterThan(run.naive + 0.01);
  });

  it('leaves what naive clicks learn to the places, and true propensities find the ranker of the dual one', () => {
    expectClose(learned('clicks-naive', batch, run.true, run).weights, run.naiveWeights, 2e-2, 'naive');
    expectClose(learned('clicks-ips', batch, run.true, run).weights, run.weights, 2e-2, 'true propensities');
  });
});

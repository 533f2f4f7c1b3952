import cdf from '@stdlib/stats-base-dists-normal-cdf';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FunctionName, functions } from '../../../bench/search/functions.js';
import {
  columnOf,
  quartilesOf,
  type Regrets,
  rankSumZ,
  recordedRegrets,
  regretsOf,
} from '../../../bench/search/regret.js';
import { randomSampler, type Sampler, seededDraws, sobolSampler, tpeSampler } from '../src/index.js';

const recorded = recordedRegrets(new URL('vectors/regret/optuna.json', import.meta.url));
const names = Object.keys(functions) as FunctionName[];
const columns = recorded.after.map((_, column) => column);

/** |z| that chance passes once in 100 runs of all 18 comparisons (Bonferroni). */
const BAND = 3.45;

const run = (sampler: Sampler, name: FunctionName) =>
  regretsOf(sampler, functions[name], recorded, (seed, number) => seededDraws(seed, `trial/${number}`));

describe.each(names)('regret on %s over 100 seeds', (name) => {
  const { tpe, random } = recorded.regrets[name];
  let own: { tpe: Regrets; random: Regrets };
  beforeAll(() => {
    own = { tpe: run(tpeSampler, name), random: run(randomSampler, name) };
  });

  it('is a regret of the same function', () => expect(functions[name].optimum).toBe(recorded.optima[name]));

  it.each([
    ['TPE', 'tpe', tpe],
    ['random search', 'random', random],
  ] as const)('of %s comes from the distribution of Optuna', (_, sampler, theirs) => {
    for (const column of columns) {
      expect(Math.abs(rankSumZ(columnOf(own[sampler], column), columnOf(theirs, column)))).toBeLessThan(BAND);
    }
  });

  it('has a median of TPE within the quartiles of Optuna', () => {
    for (const column of columns) {
      const [, median] = quartilesOf(columnOf(own.tpe, column));
      const [low, , high] = quartilesOf(columnOf(tpe, column));
      expect(median, `after ${recorded.after[column]} trials`).toBeGreaterThan(low!);
      expect(median, `after ${recorded.after[column]} trials`).toBeLessThan(high!);
    }
  });

  it('is compared by the test of scipy', () => {
    const z = columns.map((column) => rankSumZ(columnOf(tpe, column), columnOf(random, column)));
    z.forEach((each, column) => {
      expect(2 * cdf(-Math.abs(each), 0, 1)).toBeCloseTo(recorded.rankSum[name][column]!, 9);
    });
  });
});

describe('the band', () => {
  it('is not one that anything falls into: random and Sobol search are above TPE on Hartmann after 100 trials', () => {
    const theirs = columnOf(recorded.regrets.hartmann6.tpe, 2);
    const sobol = regretsOf(sobolSampler, functions.hartmann6, recorded, (seed) => seededDraws(seed, 'sobol'));
    expect(rankSumZ(columnOf(run(randomSampler, 'hartmann6'), 2), theirs)).toBeGreaterThan(BAND);
    expect(rankSumZ(columnOf(sobol, 2), theirs)).toBeGreaterThan(BAND);
  });
});

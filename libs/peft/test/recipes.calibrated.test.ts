/** @file Grades calibrated from clicks: features and trees against scikit-learn's, and grades against the truth that clicks are simulated from. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Split } from '../src/objectives/data.js';
import { spearman } from '../src/objectives/metrics/correlation.js';
import { clickFeatureNames, clickFeatures } from '../src/recipes/click-features.js';
import { calibratedGrades } from '../src/recipes/clicks-calibrated.js';
import { gradesOf } from '../src/recipes/ranked-rows.js';
import { findRecipe } from '../src/recipes/registry.js';
import { predicted, regressionTree } from '../src/recipes/regression-tree.js';
import { simulation } from '../src/recipes/simulated-clicks.js';
import { createRandom, type Random } from '../src/tensor/random.js';
import { expectClose } from './support/close.js';

interface Calibrated {
  name: string;
  config: { depth: number; leaf: number };
  lists: { rows: number[]; clicks: number[] }[][];
  known: [query: number, grades: number[]][];
  features: number[][][];
  grades: number[][];
  leaves: number;
}
const { calibrated } = JSON.parse(
  readFileSync(new URL('vectors/recipes/clicks-calibrated.json', import.meta.url), 'utf8'),
) as { calibrated: Calibrated[] };

describe.each(calibrated)('$name', ({ config, lists, known, features, grades, leaves }) => {
  const shown = lists.map((own, query) => ({
    size: features[query]!.length,
    lists: own.map(({ rows, clicks }) => ({ rows: Uint16Array.from(rows), clicks: Float32Array.from(clicks) })),
  }));

  it('have the features of numpy', () => {
    expectClose(clickFeatures(shown), features, 1e-9, 'features');
    expect(features[0]![0]).toHaveLength(clickFeatureNames.length);
  });

  it('give the grades of the tree of scikit-learn', () => {
    const given = new Map(known.map(([query, own]) => [query, Float32Array.from(own)]));
    const found = calibratedGrades(clickFeatures(shown), given, config);
    expectClose(found, grades, 1e-6, 'grades');
    const inferred = found.filter((_, query) => !given.has(query)).flatMap((own) => [...own]);
    expect(new Set(inferred).size).toBeLessThanOrEqual(leaves);
  });
});

describe('a regression tree', () => {
  it('takes a cut that leaves no error, and one between values that tie', () => {
    const pure = regressionTree([[0], [1], [2], [3]], [0, 0, 1, 1], { depth: 1, leaf: 1 });
    expect(pure).toEqual({ feature: 0, threshold: 1.5, below: { mean: 0 }, above: { mean: 1 } });
    const ties = regressionTree([[1], [2], [1], [2]], [0, 1, 1, 1], { depth: 4, leaf: 2 });
    expect([predicted(ties, [1]), predicted(ties, [2])]).toEqual([0.5, 1]);
  });

  it('makes no cut that gains nothing, or that leaves fewer rows than a leaf has', () => {
    expect(regressionTree([[0], [1], [2]], [0.1, 0.1, 0.1], { depth: 4, leaf: 1 })).toHaveProperty('mean');
    expect(regressionTree([[0], [1], [2]], [0, 1, 1], { depth: 4, leaf: 2 })).toEqual({ mean: 2 / 3 });
  });

  it('makes no cut between numbers that rounding sets apart', () => {
    const [one, next] = [1 + Number.EPSILON, 1 + 2 * Number.EPSILON];
    expect(regressionTree([[one], [next]], [0, 1], { depth: 4, leaf: 1 })).toEqual({ mean: 0.5 });
  });
});

/** Queries of rows with grades 0 to 4, in an order that says nothing of them. */
function graded(size: number, rows: number, gradeOf: (random: Random, query: number) => number): Split {
  const random = createRandom(7);
  const grades = Array.from({ length: size }, (_, query) =>
    Float32Array.from({ length: rows }, () => gradeOf(random, query)),
  );
  return {
    size,
    batch(indices) {
      const values = Float32Array.from(indices.flatMap((index) => [...grades[index]!]));
      return {
        ...{ size: values.length, sequence: 1, values, targets: new Int32Array(0) },
        ...{ inputs: Int32Array.from(values.keys()), lengths: new Int32Array(values.length).fill(1) },
        groups: new Int32Array(indices.length).fill(rows),
      };
    },
  };
}

const recipe = findRecipe('clicks-calibrated');
const made = (train: Split, config: object, seed = 1): Split =>
  recipe.examples!.of(train, recipe.config.parse({ lists: 30, ...config }), createRandom(seed));
const train = graded(200, 12, (random) => Math.max(0, random.integer(8) - 3));
const truth = gradesOf(train);
const kept = (split: Split) =>
  gradesOf(split).flatMap((own, query) => (own.every((grade, row) => grade === truth[query]![row]) ? [query] : []));

describe('the split with calibrated grades', () => {
  const split = made(train, {});

  it('keeps the true grades of a share of the queries', () => {
    expect(kept(split)).toHaveLength(20);
  });

  it('finds the query that a share asks for, whatever rounding makes of it', () => {
    const few = graded(49, 12, (random) => random.integer(4));
    expect(made(few, { labelled: 1 / 49, leaf: 1 }).size).toBe(49);
  });

  it('has the same grades for one seed, in whatever batch, and others for another', () => {
    expect(gradesOf(made(train, {}))).toEqual(gradesOf(split));
    expect(kept(made(train, {}, 2))).not.toEqual(kept(split));
    const batch = split.batch([5, 3]);
    expect([...batch.values!]).toEqual([5, 3].flatMap((query) => [...gradesOf(split)[query]!]));
    expect(batch).toEqual({ ...train.batch([5, 3]), values: batch.values });
  });

  it('answers with the grades of its batches', () => {
    const answers = (indices: readonly number[]) => {
      const { targets, values } = train.batch(indices);
      return { targets, values: values! };
    };
    const answered = made({ ...train, answers }, {});
    expect(answered.answers!([7, 2]).values).toEqual(split.batch([7, 2]).values);
  });
});

describe('grades of clicks that are biased by their places', () => {
  it.each([1, 2])('say more of the true grades than click rates do, of queries without labels: seed %i', (seed) => {
    const config = { model: 'pbm', eta: 1, noise: 0.1, lists: 100, shuffle: 1, expected: false } as const;
    const split = made(train, { ...config, leaf: 10 }, seed);
    const { listsOf } = simulation(train, config, createRandom(seed));
    const features = clickFeatures(truth.map(({ length }, query) => ({ size: length, lists: listsOf(query) })));
    const [labelled, calibrated] = [new Set(kept(split)), gradesOf(split)];
    const unlabelled = [...truth.keys()].filter((query) => !labelled.has(query));
    const told = (valuesOf: (query: number) => Iterable<number>) =>
      spearman(
        Float64Array.from(unlabelled.flatMap((query) => [...valuesOf(query)])),
        Float64Array.from(unlabelled.flatMap((query) => [...truth[query]!])),
      ).value;
    const byRate = told((query) => features[query]!.map((row) => row[clickFeatureNames.indexOf('clickRate')]!));
    const byGrades = told((query) => calibrated[query]!);
    expect(byRate).toBeGreaterThan(0.4);
    expect(byGrades).toBeGreaterThan(byRate + 0.15);
  });
});

describe('labels that nothing can be learned from', () => {
  it.each([
    [
      'a share of the queries that is none',
      graded(5, 12, (random) => random.integer(4)),
      {},
      'clicks-calibrated: recipeConfig.labelled 0.1 of the 5 training queries is none, and at least one must have grades: raise it to 0.2 or more',
    ],
    [
      'labelled queries without a relevant row',
      graded(40, 6, (_, query) => Number(query === 0)),
      { labelled: 0.05 },
      'clicks-calibrated: none of the 12 rows of the 2 labelled queries has a grade above 0, and grades are learned from these: raise recipeConfig.labelled',
    ],
    [
      'fewer rows than two leaves have',
      graded(20, 6, (random) => random.integer(4)),
      { leaf: 7 },
      'clicks-calibrated: no feature of clicks tells grades of the 12 rows of the 2 labelled queries apart, in leaves of 7 rows or more: raise recipeConfig.labelled, or lower recipeConfig.leaf',
    ],
  ])('refuses %s', (_, split, config, message) => {
    expect(() => made(split, config)).toThrow(new RangeError(message));
  });

  it.each([{ labelled: 0 }, { labelled: 1 }, { depth: 0 }, { leaf: 0 }, { margin: 0 }])('refuses %o', (config) => {
    expect(recipe.config.safeParse(config).error!.issues[0]!.path).toEqual(Object.keys(config));
  });
});

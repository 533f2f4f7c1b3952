/**
 * @file Grades that are calibrated from clicks: on a few queries with human grades a regression tree learns what grade the clicks on a row
 * speak for, and says so of the rows of all others. What is trained on are pairs of these grades, by a margin.
 */
import { z } from 'zod';
import { atMost } from '../data/shares.js';
import type { Split } from '../objectives/data.js';
import { hinge } from '../objectives/query-losses.js';
import type { Random } from '../tensor/random.js';
import { shuffled } from '../tensor/shuffled.js';
import { clickFeatures, type ShownQuery } from './click-features.js';
import { clickFields } from './clicks.js';
import { meanOfQueries, needsRankedRows } from './ranked-rows.js';
import { defineRecipe } from './recipe.js';
import { predicted, regressionTree, type TreeOptions } from './regression-tree.js';
import { type Simulation, simulation } from './simulated-clicks.js';

/**
 * Grades of the rows of each query, by a tree of those that are known, which stay as they are.
 *
 * @param features of each row of each query
 * @param known grades of the rows of the labelled queries, by the index of the query
 * @throws RangeError where the known grades say nothing about clicks
 */
export function calibratedGrades(
  features: readonly (readonly (readonly number[])[])[],
  known: ReadonlyMap<number, Float32Array>,
  options: TreeOptions,
): Float32Array[] {
  const rows = [...known.keys()].flatMap((query) => features[query]!);
  const grades = [...known.values()].flatMap((own) => [...own]);
  const of = `of the ${grades.length} rows of the ${known.size} labelled queries`;
  if (!grades.some((grade) => grade > 0)) {
    throw new RangeError(
      `clicks-calibrated: none ${of} has a grade above 0, and grades are learned from these: raise recipeConfig.labelled`,
    );
  }
  const tree = regressionTree(rows, grades, options);
  if ('mean' in tree) {
    throw new RangeError(
      `clicks-calibrated: no feature of clicks tells grades ${of} apart, in leaves of ${options.leaf} rows or more: raise recipeConfig.labelled, or lower recipeConfig.leaf`,
    );
  }
  return features.map((own, query) => known.get(query) ?? Float32Array.from(own, (row) => predicted(tree, row)));
}

/** Indices of the queries whose grades are known. @throws RangeError where the share is none of them */
function labelledQueries(size: number, share: number, random: Random): number[] {
  const count = atMost(share, size);
  if (count === 0) {
    throw new RangeError(
      `clicks-calibrated: recipeConfig.labelled ${share} of the ${size} training queries is none, and at least one must have grades: ${size === 1 ? 'train on more queries' : `raise it to ${1 / size} or more`}`,
    );
  }
  return [...shuffled(size, random).subarray(0, count)].sort((a, b) => a - b);
}

/** Queries with their lists, one at a time. */
function* queriesOf({ grades, listsOf }: Simulation): Generator<ShownQuery> {
  for (const [query, { length }] of grades.entries()) yield { size: length, lists: listsOf(query) };
}

/** The split with these grades of the rows of each query. */
function withGrades(split: Split, grades: readonly Float32Array[]): Split {
  const valuesOf = (indices: readonly number[]) => Float32Array.from(indices.flatMap((index) => [...grades[index]!]));
  const { answers } = split;
  return {
    ...split,
    batch: (indices) => ({ ...split.batch(indices), values: valuesOf(indices) }),
    ...(answers && { answers: (indices) => ({ ...answers(indices), values: valuesOf(indices) }) }),
  };
}

export const clicksCalibrated = defineRecipe({
  name: 'clicks-calibrated',
  title: 'Grades calibrated from clicks',
  summary:
    'Trains on pairs of grades that a tree predicts from simulated clicks, fitted on a few queries with true grades.',
  paper: { title: 'Pre-trained Language Model based Ranking in Baidu Search', arxiv: '2105.11108', year: 2021 },
  evidence: {
    level: 'partial',
    reason:
      'equations of the publication were not read, and there is no code of its authors; clicks are simulated, features are of clicks and places alone, and no anchored training follows',
  },
  config: z.strictObject({
    ...clickFields,
    labelled: z.number().gt(0).lt(1).default(0.1).describe('Share of the queries whose true grades are known'),
    depth: z.int().min(1).max(16).default(4).describe('Most questions of the tree about the clicks on a row'),
    leaf: z.int().min(1).default(3).describe('Least rows with known grades that a grade is the mean of'),
    margin: z.number().positive().default(1).describe('How much higher the row of the better grade is to score'),
  }),
  unfit: needsRankedRows,
  examples: {
    of(train, { labelled, depth, leaf, ...options }, random) {
      const chosen = labelledQueries(train.size, labelled, random.fork('labelled'));
      const shown = simulation(train, options, random);
      const known = new Map(chosen.map((query) => [query, shown.grades[query]!]));
      return withGrades(train, calibratedGrades(clickFeatures(queriesOf(shown)), known, { depth, leaf }));
    },
  },
  loss: meanOfQueries((scores, grades, { margin }: { margin: number }) => hinge(scores, grades, margin)),
});

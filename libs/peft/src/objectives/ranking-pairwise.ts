import type { RowPairs } from '../engine/groups.js';
import { valuesOf } from './answers.js';
import type { Batch } from './data.js';
import { defineObjective } from './objective.js';
import { pairsOf, ranknet } from './query-losses.js';
import { ofRankedRows, scoreOfQueries, unitsOf } from './rankings.js';

/**
 * The order of a query's rows, by RankNet: the mean over pairs of rows with different grades of `log(1 + exp(worse − better))`.
 * Source: Burges et al. 2005, doi 10.1145/1102351.1102363.
 */
export const rankingPairwise = defineObjective({
  ...ofRankedRows,
  name: 'ranking-pairwise',
  title: 'Order of the rows of a query, by pairs',
  loss: (graph, scores) => graph.weightedSum(graph.softplus(graph.pairDifferences(scores, gradedPairs)), pairWeights),
  score: scoreOfQueries((scores, grades) => ranknet(scores, grades).value),
});

/** Pairs of every query, as rows of the batch. */
const pairsByUnit = (batch: Batch) =>
  unitsOf(batch).map(({ start, size }) =>
    pairsOf(valuesOf(batch).subarray(start, start + size)).map(([worse, better]) => [start + worse, start + better]),
  );

/** A batch in which no grades differ compares its first row with itself, at no weight. */
function gradedPairs(batch: Batch): RowPairs {
  const pairs = pairsByUnit(batch).flat();
  if (pairs.length === 0) return { first: Int32Array.of(0), second: Int32Array.of(0) };
  return {
    first: Int32Array.from(pairs, ([worse]) => worse!),
    second: Int32Array.from(pairs, ([, better]) => better!),
  };
}

function pairWeights(batch: Batch): Float32Array {
  const weights = pairsByUnit(batch).flatMap((pairs) => pairs.map(() => 1 / pairs.length));
  return weights.length === 0 ? Float32Array.of(0) : Float32Array.from(weights);
}

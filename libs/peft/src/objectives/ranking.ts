import { valuesOf } from './answers.js';
import type { Batch } from './data.js';
import { defineObjective } from './objective.js';
import { listwise, sharesOf } from './query-losses.js';
import { ofRankedRows, scoreOfQueries, unitsOf } from './rankings.js';

/**
 * The order of a query's rows, by the cross-entropy of the softmax of their scores to their shares of the query's grades.
 * Source: Bruch et al. 2019, doi 10.1145/3341981.3344221; graded, as ListNet (Cao et al. 2007).
 */
export const ranking = defineObjective({
  ...ofRankedRows,
  name: 'ranking',
  title: 'Order of the rows of a query',
  loss: (graph, scores) => graph.weightedSum(graph.unitLogSoftmax(scores), lessShares),
  score: scoreOfQueries((scores, grades) => listwise(scores, grades).value),
});

const lessShares = (batch: Batch): Float32Array =>
  Float32Array.from(
    unitsOf(batch).flatMap(({ start, size }) => sharesOf(valuesOf(batch).subarray(start, start + size))),
    (share) => -share,
  );

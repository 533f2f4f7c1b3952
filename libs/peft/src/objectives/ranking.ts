import { valuesOf } from './answers.js';
import type { Batch } from './data.js';
import { defineObjective } from './objective.js';
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
  score: scoreOfQueries((scores, grades) => {
    const largest = Math.max(...scores);
    const logSumExp = largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
    return sharesOf(grades).reduce((sum, share, row) => sum + share * (logSumExp - scores[row]!), 0);
  }),
});

/** Parts of the query's grades; none where no row is relevant. */
function sharesOf(grades: Float32Array): number[] {
  const total = grades.reduce((sum, grade) => sum + grade, 0);
  return Array.from(grades, (grade) => (total === 0 ? 0 : grade / total));
}

const lessShares = (batch: Batch): Float32Array =>
  Float32Array.from(
    unitsOf(batch).flatMap(({ start, size }) => sharesOf(valuesOf(batch).subarray(start, start + size))),
    (share) => -share,
  );

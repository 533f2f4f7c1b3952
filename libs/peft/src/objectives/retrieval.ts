import { groupsOf } from './answers.js';
import { defineObjective } from './objective.js';
import { metricsOfOrders, placesInOrders, recallDownTo, scoreOfQueries } from './rankings.js';

/** Divides similarities, which are cosines: 0.05, as sentence-transformers and SimCSE have it (Gao et al. 2021, arXiv 2104.08821). */
const TEMPERATURE = 0.05;

/** A rank that a second stage might read down to. */
const deep = 100;

/**
 * Documents of a corpus by queries, both encoded alike. The loss is the cross-entropy of the softmax of similarities over all documents
 * of the batch: those of other queries are negatives, beside the query's own (Karpukhin et al. 2020, arXiv 2004.04906).
 */
export const retrieval = defineObjective({
  name: 'retrieval',
  title: 'Documents of a corpus by their embeddings',
  unit: 'query',
  examples: 'searched',
  on: 'embedding',
  outputs: () => undefined,
  searches: true,
  count: (batch) => groupsOf(batch).length,
  sumsOver: 'batch',
  loss: (graph, embeddings) => graph.crossEntropy(graph.similarities(graph.normalized(embeddings), 1 / TEMPERATURE)),
  score: scoreOfQueries(lossInCorpus, [deep]),
  places: placesInOrders,
  metrics: [...metricsOfOrders, recallDownTo(deep)],
});

/** The loss of a query whose negatives are all documents that are not relevant to it: of the most relevant one, of equals the first. */
function lossInCorpus(similarities: Float32Array, grades: Float32Array): number {
  const most = grades.reduce((best, grade) => Math.max(best, grade), 0);
  if (most === 0) return 0;
  const found = similarities[grades.indexOf(most)]!;
  let largest = found;
  similarities.forEach((similarity, row) => {
    if (grades[row] === 0 && similarity > largest) largest = similarity;
  });
  const exponential = (similarity: number) => Math.exp((similarity - largest) / TEMPERATURE);
  let sum = exponential(found);
  similarities.forEach((similarity, row) => {
    if (grades[row] === 0) sum += exponential(similarity);
  });
  return (largest - found) / TEMPERATURE + Math.log(sum);
}

import { groupsOf, softplus } from './answers.js';
import { ndcg, recall } from './metrics/ranking.js';
import { defineObjective } from './objective.js';
import { ndcgDownTo, placesInOrders, recallDownTo, scoreOfOrders } from './rankings.js';

/** Ranks down to which an order of all items counts. */
const cut = 20;

/**
 * Items for users, both as vectors whose inner product says how well they go together. The loss is BPR, the mean over interactions of
 * `−log σ(⟨user, item⟩ − ⟨user, other⟩)` with an item that the user never had (Rendle et al. 2009, arXiv 1205.2618): the cross-entropy of the
 * softmax over these two, all other pairs of a batch being left out.
 */
export const recommendation = defineObjective({
  name: 'recommendation',
  title: 'Items for users, from what they took before',
  unit: 'user',
  examples: 'interactions',
  on: 'vector',
  outputs: () => undefined,
  searches: true,
  negatives: 1,
  count: (batch) => groupsOf(batch).length,
  sumsOver: 'units',
  loss: (graph, vectors) => graph.crossEntropy(graph.similarities(vectors, 1)),
  score: scoreOfOrders(lossOverItems, {
    [`recall@${cut}`]: (order, own) => recall(order, own, cut),
    [`ndcg@${cut}`]: (order, own) => ndcg(order, own, cut),
  }),
  places: placesInOrders,
  metrics: [recallDownTo(cut), ndcgDownTo(cut)],
});

/** The mean of the loss over each item that a user took, beside each that the user never had; 0 where there is no such pair. */
function lossOverItems(scores: Float32Array, grades: Float32Array, lost: Uint8Array | undefined): number {
  const others = scores.filter((_, row) => grades[row] === 0 && lost?.[row] !== 1);
  let [sum, taken] = [0, 0];
  scores.forEach((score, row) => {
    if (!(grades[row]! > 0) || lost?.[row] === 1) return;
    taken += 1;
    for (const other of others) sum += softplus(other - score);
  });
  return sum / Math.max(1, taken * others.length);
}

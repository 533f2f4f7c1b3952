/**
 * @file The operations a loss is written in, beside those of an architecture. As there, one description is read twice: with tensors,
 * where it computes (objectives/tensors.ts), and with sizes, where it tells what a step holds (memory/loss.ts).
 */
import type { RowPairs } from '../engine/groups.js';
import type { Graph } from '../models/graph.js';
import type { Batch } from './data.js';

/**
 * Answers are those of the batch. A loss is a sum over terms, divided by the number of terms in all batches of the step, which
 * the graph knows.
 */
export interface LossGraph<T> extends Graph<T> {
  /** Loss of the counted next tokens by the model's own head, from hidden states `[rows, width]`. */
  tokenCrossEntropy(hidden: T): T;
  /** Losses of every token by the model's own head `[rows]`, 0 where it does not count; without a gradient. */
  tokenLosses(hidden: T): T;
  /** Logits of at most `rows` counted tokens at equal distances `[rows, vocabulary]`. */
  tokenLogits(hidden: T, rows: number): T;
  /** Takes logits `[rows, classes]`: `−log softmax(logits)[class]`. */
  crossEntropy(logits: T): T;
  /** Takes logits `[rows, 1]`: `−log σ(z)` where it happened, `−log(1 − σ(z))` where not. */
  binaryCrossEntropy(logits: T): T;
  /** Takes outputs `[rows, 1]`: the squared difference to the values. */
  squaredError(outputs: T): T;
  /** Every column of outputs `[rows, width]` less the value of its row. */
  errors(outputs: T): T;
  /** `log(1 + exp(x))` */
  softplus(x: T): T;
  /** `log softmax` of scores `[rows, 1]` over the rows of each unit. */
  unitLogSoftmax(scores: T): T;
  /** Differences of scores `[rows, 1]` between two rows of a unit, of no two rows twice: `[pairs, 1]`. */
  pairDifferences(scores: T, pairs: (batch: Batch) => RowPairs): T;
  /** Rows `[rows, width]` at length 1. */
  normalized(x: T): T;
  /** Inner products of the first row of each unit with all other rows of the batch, times `scale`: `[units, rows − units]`. */
  similarities(x: T, scale: number): T;
  /** `Σ weight · x` over all entries, divided by the normalizer. The weights are as many as `x` has entries. */
  weightedSum(x: T, weights: (batch: Batch) => Float32Array): T;
}

/**
 * @file The operations a loss is written in, beside those of an architecture. As there, one description is read twice: with tensors,
 * where it computes (objectives/tensors.ts), and with sizes, where it tells what a step holds (memory/loss.ts).
 */
import type { Graph } from '../models/graph.js';

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
  /** Of logits `[rows, classes]`: `−log softmax(logits)[class]`. */
  crossEntropy(logits: T): T;
  /** Of logits `[rows, 1]`: `−log σ(z)` where it happened, `−log(1 − σ(z))` where not. */
  binaryCrossEntropy(logits: T): T;
  /** Of outputs `[rows, 1]`: the squared difference to the values. */
  squaredError(outputs: T): T;
}

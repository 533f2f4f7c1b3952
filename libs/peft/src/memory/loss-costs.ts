/** @file Floats that heads and losses hold by themselves; see costs.ts. */
import { crossEntropyRows } from '../engine/chunk.js';
import { type EngineTraits, type TableProduct, turnsResult } from '../engine/traits.js';
import { copies } from './linear-costs.js';
import type { LocalCost, Value } from './operation-cost.js';

/** Floats beside logits while they are made: the turned table; or the turned rows, and then the logits before they are turned. */
function besideLogits(engine: EngineTraits, product: TableProduct): number {
  const { rows, width, height } = product;
  if (turnsResult(engine, product)) return rows * Math.max(width, height);
  return copies(engine) ? width * height : 0;
}

/** The head that multiplies hidden states by a `[vocabulary, width]` table, with its loss. */
export function vocabularyCost(
  hidden: Value,
  { vocabularySize, tableGradient, isBent }: { vocabularySize: number; tableGradient: number; isBent: boolean },
  engine: EngineTraits,
): LocalCost {
  const rows = Math.min(crossEntropyRows(vocabularySize), hidden.rows);
  const table = vocabularySize * hidden.width;
  const logits = rows * vocabularySize;
  const chunked = rows < hidden.rows;
  const sum = chunked ? tableGradient : 0;
  // Counted below, and not made yet when the logits are.
  const ownGradient = hidden.needs ? rows * hidden.width : 0;
  const inChunk = Math.max(
    logits + besideLogits(engine, { rows, width: hidden.width, height: vocabularySize }) + sum - ownGradient,
    // The logits before and after the softmax; with a soft cap, the bent ones too.
    (isBent ? 3 : 2) * logits + sum - ownGradient,
    // The probabilities, their product with the table, and what is left of it: the gradient comes of these.
    logits + sum + 2 * ownGradient,
    ...(tableGradient > 0 ? [(copies(engine) ? 2 : 1) * logits + table + sum, logits + 3 * table + sum] : []),
  );
  const dx = hidden.needs ? hidden.size : 0;
  return {
    saves: [],
    keeps: dx + tableGradient,
    // The gradients of the chunks before; then one chunk: its rows, their targets' embeddings, logits.
    forward: dx + (chunked ? 2 : 1) * rows * hidden.width + inChunk,
    backward: dx + tableGradient,
    gradients: tableGradient,
  };
}

/** Logits of some rows of hidden states, with a frozen table. */
export function logitsCost(
  hidden: Value,
  { rows, vocabularySize, isBent }: { rows: number; vocabularySize: number; isBent: boolean },
  engine: EngineTraits,
): LocalCost {
  const chosen = rows * hidden.width;
  const logits = rows * vocabularySize;
  const beside = besideLogits(engine, { rows, width: hidden.width, height: vocabularySize });
  return {
    saves: [],
    keeps: isBent ? logits : 0,
    // The rows, and the product with what makes it; or the product before, while and after it is bent.
    forward: chosen + Math.max(beside + logits, isBent ? 4 * logits : 0),
    // The gradient of the rows, and the same among all; before, that of the bent logits.
    backward: hidden.needs ? Math.max(chosen + hidden.size, isBent ? 2 * logits : 0) : 0,
    gradients: 0,
  };
}

/** A loss of outputs by row, which keeps its own gradient: answers, and three steps of the formula at a time. */
export function rowLossCost(outputs: Value): LocalCost {
  return { saves: [], keeps: outputs.size, forward: 4 * outputs.size, backward: outputs.size, gradients: 0 };
}

/** Outputs less the values of their rows. */
export function errorsCost(outputs: Value): LocalCost {
  return { saves: [], keeps: 0, forward: outputs.rows + outputs.size, backward: 0, gradients: 0 };
}

export function softplusCost(x: Value): LocalCost {
  return { saves: [], keeps: x.size, forward: 2 * x.size, backward: x.size, gradients: 0 };
}

/** Over the rows of each unit, all as many as the largest: the grid, and two steps of its softmax. */
export function unitLogSoftmaxCost(x: Value): LocalCost {
  return { saves: [], keeps: x.size, forward: 4 * x.size, backward: 4 * x.size, gradients: 0 };
}

export function pairDifferencesCost(x: Value, pairs: number): LocalCost {
  return { saves: [], keeps: 0, forward: 3 * pairs, backward: 3 * x.size, gradients: 0 };
}

/** The weights, and what they are multiplied by. */
export function weightedSumCost(x: Value): LocalCost {
  return { saves: [], keeps: x.size, forward: 2 * x.size, backward: x.size, gradients: 0 };
}

/** Rows at length 1: squares and lengths before; back, three products and a difference of their size. */
export function normalizedCost(x: Value): LocalCost {
  return {
    saves: [],
    savesResult: true,
    keeps: x.rows,
    forward: x.size + 3 * x.rows,
    backward: 4 * x.size + x.rows,
    gradients: 0,
  };
}

/** Rows of queries and of documents, and the product of both with what is added to it. */
export function similaritiesCost(
  x: Value,
  { units, documents }: { units: number; documents: number },
  engine: EngineTraits,
): LocalCost {
  const pairs = units * documents;
  const turned = copies(engine) ? documents * x.width : 0;
  return {
    saves: [],
    keeps: x.size,
    forward: x.size + Math.max(units * x.width, turned + 3 * pairs),
    // The scaled gradient of the products, and the same turned; the gradients of both sorts of rows, then joined, then in their places.
    backward: (copies(engine) ? 2 : 1) * pairs + 3 * x.size,
    gradients: 0,
  };
}

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

/** A vocabulary's head, as its loss is counted. */
interface VocabularyHead {
  vocabularySize: number;
  /** Floats of the table's gradient, 0 where it has none. */
  tableGradient: number;
  isBent: boolean;
}

/** The head that multiplies hidden states by a `[vocabulary, width]` table, with its loss. */
export function vocabularyCost(hidden: Value, head: VocabularyHead, engine: EngineTraits): LocalCost {
  const atOnce = engine.computesFormulas === 'atOnce';
  const rows = Math.min(crossEntropyRows(head.vocabularySize, atOnce ? 1 : 2), hidden.rows);
  const isChunked = rows < hidden.rows;
  const chunk = { rows, width: hidden.width, needs: hidden.needs, sum: isChunked ? head.tableGradient : 0 };
  const dx = hidden.needs ? hidden.size : 0;
  return {
    saves: [],
    keeps: dx + head.tableGradient,
    // The gradients of the chunks before, with that of the chunk that is there; and a chunk's rows, where they are not all.
    forward:
      dx +
      (isChunked ? rows * hidden.width : 0) +
      (atOnce ? inChunkAtOnce(chunk, head) : inChunkApart(chunk, head, engine)),
    backward: dx + head.tableGradient,
    gradients: head.tableGradient,
  };
}

interface Chunk {
  rows: number;
  width: number;
  /** Whether the hidden states need a gradient. */
  needs: boolean;
  /** Floats of the table's gradient from the chunks before. */
  sum: number;
}

/** One tensor of logits, which becomes their gradient; then that of the table, which is added to the sum without it. */
function inChunkAtOnce({ rows, width, needs, sum }: Chunk, { vocabularySize, tableGradient }: VocabularyHead): number {
  const logits = rows * vocabularySize;
  const table = tableGradient > 0 ? vocabularySize * width : 0;
  const ownGradient = needs ? rows * width : 0;
  // The gradient of the rows is counted among all; it is not made yet when the logits are.
  return Math.max(logits + sum - ownGradient, logits + table + sum, sum > 0 ? 2 * table + sum : 0, 0);
}

/** Floats of a chunk by operations, beside its rows and its part of their gradients. */
function inChunkApart(
  { rows, width, needs, sum }: Chunk,
  { vocabularySize, tableGradient, isBent }: VocabularyHead,
  engine: EngineTraits,
): number {
  const table = vocabularySize * width;
  const logits = rows * vocabularySize;
  const ownGradient = needs ? rows * width : 0;
  const ofTargets = rows * width;
  return (
    ofTargets +
    Math.max(
      logits + besideLogits(engine, { rows, width, height: vocabularySize }) + sum - ownGradient,
      // The logits before and after the softmax; with a soft cap, the bent ones too.
      (isBent ? 3 : 2) * logits + sum - ownGradient,
      // The probabilities, their product with the table, and what is left of it: the gradient comes of these.
      logits + sum + 2 * ownGradient,
      ...(tableGradient > 0 ? [(copies(engine) ? 2 : 1) * logits + table + sum, logits + 3 * table + sum] : []),
    )
  );
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

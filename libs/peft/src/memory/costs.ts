/**
 * @file Floats that each kind of operation holds by itself, from shapes alone. The terms are those of the `Keeps`
 * lines in engine/, and of how many tensors the formulas there hold at a time. Linear layers are in linear-costs.ts, activations and
 * norms in formula-costs.ts, losses in loss-costs.ts.
 */
import { atOnce, type Computing } from './formula-costs.js';
import type { HeldScores } from './multiply-adds.js';
import type { LocalCost, Value } from './operation-cost.js';

/** Floats of the scores that are there at a time, and what goes with them. */
interface ScoreSizes {
  /** Scores of all heads, of all queries or of a chunk. */
  scores: number;
  /** Numbers that hide keys from queries. */
  hidden: number;
  /** Scores have a soft cap. */
  isBent: boolean;
  /** Numbers of the same queries. */
  queries: number;
}

type AttentionCost = (query: Value, key: Value, value: Value, sizes: ScoreSizes) => LocalCost;

/** Score matrices that are there at once on the way to the gradient of the scores. */
const SCORES_ON_THE_WAY = 3;

const wholeAttention: AttentionCost = (query, key, value, { scores, hidden, isBent }) => {
  const scored = query.needs || key.needs;
  const bent = isBent ? scores : 0;
  return {
    saves: [],
    keeps: (key.needs ? query.size : 0) + (query.needs ? key.size : 0) + (scored ? value.size + bent : 0) + scores,
    // The scaled query and all three by heads; two score matrices at a time, or one with the result and its transpose; and
    // the bent ones, and what hides keys.
    forward: 2 * query.size + key.size + value.size + hidden + bent + Math.max(2 * scores, scores + 2 * query.size),
    // dy by heads with score matrices, or the scores' gradient with results and transposes.
    backward: Math.max(
      query.size + SCORES_ON_THE_WAY * scores,
      scores + Math.max(3 * query.size, 2 * query.size + key.size + 2 * value.size),
    ),
    gradients: 0,
  };
};

const chunkedAttention: AttentionCost = (query, key, value, { scores, queries, hidden, isBent }) => {
  const scored = query.needs || key.needs;
  const bent = isBent ? scores : 0;
  const byHeads = query.size + key.size + value.size;
  const ofValue = value.needs ? value.size : 0;
  // dy by heads, what chunks before gave of dq and the sums, with a term of dv; probabilities and more on the way to dq.
  const onTheWay = (1 + SCORES_ON_THE_WAY) * scores;
  const found = 2 * query.size + key.size + 2 * ofValue + queries + hidden + bent + onTheWay;
  return {
    saves: [],
    keeps: query.size + key.size + (scored ? value.size : 0),
    // All three by heads and what chunks before gave, with two score matrices; or the chunks, joined, and by tokens.
    forward: byHeads + query.size + Math.max(hidden + bent + 2 * scores, 2 * query.size),
    backward: scored ? found : query.size + ofValue + 2 * queries + hidden + bent + 2 * scores,
    gradients: 0,
  };
};

/** A kernel makes no tensor on its way. */
const attentionAtOnce: AttentionCost = (query, key, value) => {
  const operands = [query, key, value];
  const isScored = query.needs || key.needs;
  return {
    saves: operands.slice(0, isScored ? 3 : value.needs ? 2 : 0),
    keeps: 0,
    forward: query.size,
    backward: operands.reduce((sum, { size, needs }) => sum + (needs ? size : 0), 0),
    gradients: 0,
  };
};

/** The cost by how scores are held. */
export const attentionCost: Readonly<Record<HeldScores, AttentionCost>> = {
  whole: wholeAttention,
  chunked: chunkedAttention,
  none: attentionAtOnce,
};

export function tanhCost(x: Value): LocalCost {
  return { saves: [], savesResult: true, keeps: 0, forward: x.size, backward: 2 * x.size, gradients: 0 };
}

export function reluCost(x: Value): LocalCost {
  return { saves: [], savesResult: true, keeps: 0, forward: x.size, backward: 2 * x.size, gradients: 0 };
}

export function sideBySideCost(parts: readonly Value[]): LocalCost {
  const sum = (values: readonly Value[]) => values.reduce((total, { size }) => total + size, 0);
  return {
    saves: [],
    keeps: 0,
    forward: sum(parts),
    backward: sum(parts.filter(({ needs }) => needs)),
    gradients: 0,
  };
}

/** @param trained floats of the token and the positions, where trained */
export function classTokenCost(x: Value, size: number, trained: { token: number; positions: number }): LocalCost {
  const gradients = trained.token + trained.positions;
  // The token's rows, the joined rows and their sum with the positions.
  return { saves: [], keeps: 0, forward: 2 * size + (size - x.size), backward: x.size + gradients, gradients };
}

/** @param examples rows of the result */
export function firstCost(x: Value, examples: number): LocalCost {
  return { saves: [], keeps: 0, forward: examples * x.width, backward: x.size, gradients: 0 };
}

/** @param angles floats of the cosines of all positions, and as many of the sines */
export function rotaryCost(x: Value, angles: number, engine: Computing): LocalCost {
  // Operations hold both halves, their turned ones with a product of each, and the two joined.
  const held = atOnce(engine) ? x.size + 2 * angles : 3 * x.size;
  return { saves: [], keeps: 0, forward: held, backward: held, gradients: 0 };
}

export function addCost(a: Value): LocalCost {
  return { saves: [], keeps: 0, forward: a.size, backward: 0, gradients: 0 };
}

/** Floats of an embedding's tables where they are trained, 0 where frozen. */
export interface TrainedTables {
  tokens: number;
  /** The gradient of the token table is there already, from the head that reads it too. */
  tied: boolean;
  /** The tokens' embeddings are multiplied by a number. */
  isScaled: boolean;
  positions: number;
  types: number;
  /** Floats of rows that stand in the place of some of the table, and whether they are trained. */
  own?: { size: number; trained: boolean };
}

/** @param used floats of the positions that occur */
export function embeddingCost(size: number, used: number, trained: TrainedTables): LocalCost {
  const { tokens, tied, isScaled, positions, types, own = { size: 0, trained: false } } = trained;
  const ownRows = own.trained ? own.size : 0;
  return {
    saves: [],
    keeps: 0,
    // The rows of tokens and their sum with the others; of the trial's own, both kinds one after another, and the chosen ones.
    forward: 2 * size + used + (own.size > 0 ? 2 * size + own.size : 0),
    // The scattered gradient and its sum with that of the head; the positions' gradient before and after padding; the
    // multiplied gradient with what is scattered from it.
    backward: Math.max(
      (tied ? 2 : 1) * tokens + positions + types,
      positions > 0 ? tokens + positions + used : 0,
      isScaled && tokens > 0 ? size + tokens : 0,
      // Sums of the gradients of each row, and those cut, or added to what the head gave.
      ownRows > 0 ? (isScaled ? size : 0) + 2 * ownRows : 0,
    ),
    gradients: (tied ? 0 : tokens + ownRows) + positions + types,
  };
}

/** Rows that a sequence part makes for the embedding, or for the keys or values of an attention. */
export interface Before {
  /** Floats of the rows. */
  size: number;
  /** Floats that making them keeps. */
  keeps: number;
  /** Gradients of trained tensors that are complete with those of the rows. */
  gradients: number;
}

/** Rows before those of every example. */
export function prependCost(x: Value, examples: number, { size, keeps, gradients }: Before): LocalCost {
  const repeated = examples * size;
  return {
    saves: [],
    keeps,
    // The rows, once for each example, and joined with x.
    forward: keeps + size + 2 * repeated + x.size,
    // Their part of dy, its sum, and what is kept once more; the rest of dy.
    backward: Math.max(repeated + size, size + (x.needs ? x.size : 0)) + 2 * keeps + gradients,
    gradients,
  };
}

/** `x + gate · y`. */
export function plusGatedCost(y: Value): LocalCost {
  // The product with the gate and the sum; the products with dy, one after the other.
  return { saves: [y], keeps: 0, forward: 2 * y.size, backward: y.size, gradients: 0 };
}

/** Two matrices, one after another in every example. */
export function oneAfterAnotherCost(a: Value, b: Value): LocalCost {
  const gradients = (a.needs ? a.size : 0) + (b.needs ? b.size : 0);
  return { saves: [], keeps: 0, forward: a.size + b.size, backward: gradients, gradients: 0 };
}

/** Some rows of every example, of which `size` floats are left. */
export function rowsOfEachCost(x: Value, size: number): LocalCost {
  return { saves: [], keeps: 0, forward: size, backward: x.size, gradients: 0 };
}

/** @param examples rows of the result */
export function meanCost(x: Value, examples: number): LocalCost {
  return {
    saves: [],
    keeps: 0,
    forward: x.size + x.rows + examples * x.width,
    backward: x.size + x.rows,
    gradients: 0,
  };
}

/** How far hidden states are from others, which are the caller's. */
export function squaredDistanceCost(x: Value): LocalCost {
  // The differences, the same by weight, which are kept, and their product.
  return { saves: [], keeps: x.size, forward: 3 * x.size, backward: x.size, gradients: 0 };
}

/** A sum of scalars. */
export const sumCost: LocalCost = { saves: [], keeps: 0, forward: 0, backward: 0, gradients: 0 };

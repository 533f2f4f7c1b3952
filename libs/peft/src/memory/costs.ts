/**
 * @file What each kind of operation holds by itself, in floats, from shapes alone. The terms are those of the `Keeps`
 * lines in engine/, and of how many tensors the formulas there hold at a time.
 */
import { crossEntropyRows } from '../engine/chunk.js';
import type { EngineTraits } from '../engine/traits.js';
import type { Activations, Floats, LayerShape } from '../method.js';
import type { LocalCost, Value } from './operation-cost.js';

/** Floats of trained tensors of an operation, 0 for frozen ones. */
export interface TrainedLinear {
  kernel: number;
  bias: number;
  adapter: number;
}

/** How a linear layer takes part in a trial. */
export interface LinearUse {
  shape: LayerShape;
  trained: TrainedLinear;
  adapter: Activations | undefined;
  /** Nothing of the adapter is trained: the backward pass reads its tensors alone. */
  frozen: boolean;
  /** There is no base kernel to multiply by: the adapter's own products make the output. */
  replaced: boolean;
  /** Whether the adapter keeps a dropped copy of the input; whether there is a mask. */
  dropsCopy: boolean;
  drops: boolean;
  /** Whether the input itself is kept; whether the adapter's own gradients read it, in that or another copy. */
  keepsInput: boolean;
  readsInput: boolean;
}

export function linearCost(x: Value, use: LinearUse, engine: EngineTraits): LocalCost {
  const { shape, trained, adapter, frozen, replaced, dropsCopy, drops, keepsInput, readsInput } = use;
  const output = x.rows * shape.out;
  // While the base multiplies, its kernel is open beside the output, and what the adapter has made of its own tensors.
  const open = shape.packed && !replaced ? shape.in * shape.out + (adapter?.fixed ?? 0) : 0;
  const { factorRank: k = 0 } = shape;
  const gradients = trained.kernel + trained.bias + trained.adapter;
  const floats = (count: Floats | undefined) => (count ? count.perRow * x.rows + count.fixed : 0);
  const own = floats(adapter);
  const later = floats(adapter?.later);
  // The product, where the output is another tensor: an adapter holds at least as much when it makes the output itself.
  const beforeBias = shape.bias && !engine.fusesBias ? output : 0;
  const dropped = (dropsCopy ? x.size : 0) + (drops && x.needs ? x.size : 0);
  const keeps = (frozen ? 0 : own) + dropped;
  const products = besideProducts(x, use, engine);
  const forInput = x.needs ? x.size : 0;
  // Gradients that wait: that of the input from what is dropped, and that of what is left.
  const multipliesBoth = drops && adapter?.baseOfBoth === true;
  const ofBoth = multipliesBoth ? forInput : 0;
  // The adapter's gradient besides; or both and their sum.
  const ofBase = adapter && !replaced ? Math.max(2 * forInput + products, 3 * forInput) + ofBoth : forInput + products;
  // The adapter's own operations: their gradient for the input, the input transposed, and a gradient and one product for
  // whatever they keep. Or what it says, when the input's gradient has taken the place of the output's.
  const ofAdapter =
    !adapter || frozen
      ? 0
      : adapter.backward
        ? 2 * ofBoth + floats(adapter.backward) + forInput - output
        : 2 * ofBoth + Math.max(2 * later, forInput + (readsInput && copies(engine) ? x.size : 0) + 2 * (own - later));
  const inner = Math.max(ofBase, ofAdapter);
  return {
    saves: keepsInput ? [x] : [],
    keeps,
    // The output and what it is made of; or, when there is no output yet, what the adapter makes before.
    forward: Math.max(
      floats(adapter?.before),
      open > 0 ? output + beforeBias + open : 0,
      own +
        dropped +
        Math.max(
          output +
            Math.max(
              adapter?.beside
                ? floats(adapter.beside) + (multipliesBoth ? x.size + (shape.bias ? 3 : 2) * output : 0)
                : adapter && !replaced
                  ? 2 * output
                  : 0,
              replaced ? 0 : x.rows * k + (adapter ? 0 : beforeBias),
              adapter?.baseMakesOutput ? floats(adapter.beside) + beforeBias : 0,
            ),
          floats(adapter?.transient) - (replaced ? 0 : output),
        ),
    ),
    backward: inner + gradients,
    gradients,
  };
}

const copies = ({ transposedOperand }: EngineTraits): boolean => transposedOperand === 'copied';

/** Held beside the base's gradients while the products run that make them. */
function besideProducts(x: Value, { shape, trained, replaced }: LinearUse, engine: EngineTraits): number {
  const { factorRank: k = 0 } = shape;
  const weights = shape.in * shape.out;
  // A packed kernel is opened turned, whatever the engine does with operands.
  if (!copies(engine)) return x.needs && !replaced ? (shape.packed ? weights : k * x.rows) : 0;
  // The base's gradient with the transposed kernel or, later, beside the transposed input and dW.
  // Through two factors: each turned, beside the gradient between them, and with the first what it becomes.
  const turned = k > 0 ? Math.max(k * (shape.in + x.rows), k * (shape.out + x.rows) - x.size) : weights;
  return Math.max(x.needs && !replaced ? turned : 0, trained.kernel > 0 ? x.size + weights : 0);
}

export function layerNormCost(x: Value, trained: { gain: number; bias: number }): LocalCost {
  const gradients = trained.gain + trained.bias;
  const reads = x.needs || trained.gain > 0;
  return {
    saves: reads ? [x] : [],
    keeps: reads ? 2 * x.rows : 0,
    forward: 2 * x.size + 2 * x.rows,
    // The formula holds three tensors at a time.
    backward: 3 * x.size + gradients,
    gradients,
  };
}

/** @param units rows, or heads of all rows, that are normalized by themselves */
export function rmsNormCost(x: Value, gain: number, units = x.rows): LocalCost {
  const reads = x.needs || gain > 0;
  return {
    saves: reads ? [x] : [],
    keeps: reads ? units : 0,
    forward: 2 * x.size + units,
    // The unit vectors, the scaled gradient, and one product of the two.
    backward: 3 * x.size + gain,
    gradients: gain,
  };
}

/**
 * @param scores floats of the score matrices of all heads: batch · heads · sequence²
 * @param isBent scores have a soft cap
 */
export function attentionCost(query: Value, key: Value, value: Value, scores: number, isBent: boolean): LocalCost {
  const scored = query.needs || key.needs;
  const bent = isBent ? scores : 0;
  return {
    saves: [],
    keeps: (key.needs ? query.size : 0) + (query.needs ? key.size : 0) + (scored ? value.size + bent : 0) + scores,
    // The scaled query and all three by heads; two score matrices at a time, or one with the result and its transpose; and
    // the bent ones.
    forward: 2 * query.size + key.size + value.size + bent + Math.max(2 * scores, scores + 2 * query.size),
    // dy by heads with three score matrices, or the scores' gradient with results and transposes.
    backward: Math.max(
      query.size + 3 * scores,
      scores + Math.max(3 * query.size, 2 * query.size + key.size + 2 * value.size),
    ),
    gradients: 0,
  };
}

export function tanhCost(x: Value): LocalCost {
  return { saves: [], savesResult: true, keeps: 0, forward: x.size, backward: 2 * x.size, gradients: 0 };
}

export function reluCost(x: Value): LocalCost {
  return { saves: [], savesResult: true, keeps: 0, forward: x.size, backward: 2 * x.size, gradients: 0 };
}

/** @param ids rows that are looked up */
export function lookupCost(ids: number, { shape, trained, adapter, frozen }: LinearUse): LocalCost {
  const own = adapter ? adapter.perRow * ids + adapter.fixed : 0;
  const output = ids * shape.out;
  const gradients = trained.kernel + trained.adapter;
  return {
    saves: [],
    keeps: frozen ? 0 : own,
    // An adapter's product, and the same shifted.
    forward: own + (adapter ? 2 : 1) * output,
    // A gradient of what the adapter keeps, and one product.
    backward: (adapter && !frozen ? 2 * own : 0) + gradients,
    gradients,
  };
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

export function geluTanhCost(x: Value): LocalCost {
  // The formulas hold two tensors at a time beside x, and four beside dy.
  return { saves: [x], keeps: 0, forward: 2 * x.size, backward: 4 * x.size, gradients: 0 };
}

export function geluCost(x: Value): LocalCost {
  // Like the other form, but with three tensors beside dy: density, distribution and their sum.
  return { saves: [x], keeps: 0, forward: 2 * x.size, backward: 3 * x.size, gradients: 0 };
}

/** @param backward tensors of the gate's size that the backward pass holds beside dy */
const gatedCost = (gate: Value, up: Value, backward: number): LocalCost => ({
  saves: gate.needs ? [gate, up] : [gate],
  keeps: 0,
  forward: 2 * gate.size,
  backward: backward * gate.size,
  gradients: 0,
});

/** Four tensors of the slope; the other's formula needs fewer beside the gate's gradient. */
export const geluTanhGatedCost = (gate: Value, up: Value) => gatedCost(gate, up, 4);

/** The gate's gradient is there while two tensors of the other's formula are; or three of its own. */
export const siluGatedCost = (gate: Value, up: Value) => gatedCost(gate, up, 3);

export function rotaryCost(x: Value): LocalCost {
  // Both halves, their turned ones with a product of each, and the two joined.
  return { saves: [], keeps: 0, forward: 3 * x.size, backward: 3 * x.size, gradients: 0 };
}

export function addCost(a: Value): LocalCost {
  return { saves: [], keeps: 0, forward: a.size, backward: 0, gradients: 0 };
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
  // Counted below, and not made yet when the logits are the most. Where copies are turned, something else mostly is.
  const ownGradient = copies(engine) || !hidden.needs ? 0 : rows * hidden.width;
  const inChunk = Math.max(
    logits + (copies(engine) ? table : 0),
    // The logits before and after the softmax; with a soft cap, the bent ones too.
    (isBent ? 3 : 2) * logits + sum - ownGradient,
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
  return {
    saves: [],
    keeps: isBent ? logits : 0,
    // The rows, and the turned table, where there is one, with the product; or the product before, while and after it is bent.
    forward: chosen + Math.max((copies(engine) ? vocabularySize * hidden.width : 0) + logits, isBent ? 4 * logits : 0),
    // The gradient of the rows, and the same among all; before, that of the bent logits.
    backward: hidden.needs ? Math.max(chosen + hidden.size, isBent ? 2 * logits : 0) : 0,
    gradients: 0,
  };
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
}

/** @param used floats of the positions that occur */
export function embeddingCost(size: number, used: number, trained: TrainedTables): LocalCost {
  const { tokens, tied, isScaled, positions, types } = trained;
  return {
    saves: [],
    keeps: 0,
    forward: 2 * size + used,
    // The scattered gradient and its sum with that of the head; the positions' gradient before and after padding; the
    // multiplied gradient with what is scattered from it.
    backward: Math.max(
      (tied ? 2 : 1) * tokens + positions + types,
      positions > 0 ? tokens + positions + used : 0,
      isScaled && tokens > 0 ? size + tokens : 0,
    ),
    gradients: (tied ? 0 : tokens) + positions + types,
  };
}

/** What a sequence part makes for the embedding, or for the keys or values of an attention. */
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

/** The rows after the first of every example, of which `size` floats are left. */
export function withoutFirstCost(x: Value, size: number): LocalCost {
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

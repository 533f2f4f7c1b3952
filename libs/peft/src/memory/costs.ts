/**
 * @file What each kind of operation holds in a training step, in floats, from shapes alone. The terms are those of the
 * `Keeps` lines in engine/, and of how many tensors the formulas there hold at a time.
 */
import { crossEntropyRows } from '../engine/chunk.js';
import type { Activations, Floats, LayerShape } from '../method.js';

/** What one operation holds, in floats. */
export interface OperationCost {
  name: string;
  /** Saved from the forward pass until its backward pass. */
  kept: number;
  /** Most held during its forward pass besides what earlier operations keep; its own kept tensors included. */
  forward: number;
  /** Most held during its backward pass besides what is kept and the gradients made before; its own gradients included. */
  backward: number;
  /** Gradients of trained tensors that it leaves behind. */
  gradients: number;
}

/** Floats of trained tensors of an operation, 0 for frozen ones. */
export interface TrainedLinear {
  kernel: number;
  bias: number;
  adapter: number;
}

/** `pending`: gradients of the residual stream or of siblings that wait while this operation's backward pass runs. */
interface Linear {
  name: string;
  shape: LayerShape;
  rows: number;
  trained: TrainedLinear;
  adapter: Activations | undefined;
  /** Floats of the dropped copy of the input that the adapter keeps; those of its mask, kept where x needs a gradient. */
  droppedCopy: number;
  mask: number;
  needsInput: boolean;
  keptInput: number;
  pending: number;
}

export function linearCost(options: Linear): OperationCost {
  const { name, shape, rows, trained, adapter, droppedCopy, mask, needsInput, keptInput, pending } = options;
  const input = rows * shape.in;
  const output = rows * shape.out;
  const weights = shape.in * shape.out;
  const gradients = trained.kernel + trained.bias + trained.adapter;
  const floats = (count: Floats | undefined) => (count ? count.perRow * rows + count.fixed : 0);
  const ownKept = floats(adapter);
  const kept = keptInput + ownKept + droppedCopy + (needsInput ? mask : 0);
  // The base's gradient with the transposed kernel or, later, beside the transposed input and dW; an adapter's gradient
  // and their sum; unless it says otherwise, a gradient and one product for whatever else the adapter keeps.
  const forInput = needsInput ? input * (adapter ? 3 : 1) : 0;
  const ownBackward = adapter?.backward ? floats(adapter.backward) : 2 * ownKept;
  const products = Math.max(needsInput ? weights : 0, trained.kernel > 0 ? input + weights : 0);
  return {
    name,
    kept,
    forward: kept + input + 2 * output + floats(adapter?.transient),
    backward:
      gradients > 0 || adapter || needsInput ? pending + output + forInput + products + ownBackward + gradients : 0,
    gradients,
  };
}

export function normCost(options: {
  name: string;
  state: number;
  rows: number;
  gain: number;
  bias: number;
  needsInput: boolean;
  pending: number;
}): OperationCost {
  const { name, state, rows, gain, bias, needsInput, pending } = options;
  const gradients = gain + bias;
  const kept = needsInput || gain > 0 ? state + 2 * rows : 0;
  // Of the formula, three tensors at a time beside dy.
  const backward = needsInput || gradients > 0 ? pending + 4 * state + gradients : 0;
  return { name, kept, forward: kept + 3 * state, backward, gradients };
}

export function attentionCost(options: {
  name: string;
  state: number;
  /** Floats of one score matrix of all heads: batch · heads · sequence². */
  scores: number;
  query: boolean;
  key: boolean;
  value: boolean;
}): OperationCost {
  const { name, state, scores, query, key, value } = options;
  const kept =
    (key ? state : 0) + (query ? state : 0) + (query || key ? state : 0) + (query || key || value ? scores : 0);
  return {
    name,
    kept,
    // The input, its three projections, the scaled query, all three by heads; two score matrices at a time.
    forward: 8 * state + 2 * scores,
    // Residual gradient and dy; dy by heads with three score matrices, or the scores' gradient with results and transposes.
    backward: kept > 0 ? 2 * state + Math.max(state + 3 * scores, 5 * state + scores) : 0,
    gradients: 0,
  };
}

export function geluCost({
  name,
  state,
  inner,
  needsInput,
}: {
  name: string;
  state: number;
  inner: number;
  needsInput: boolean;
}): OperationCost {
  return {
    name,
    kept: needsInput ? inner : 0,
    forward: 2 * state + 3 * inner,
    // Residual gradient; dy and four tensors of the formula at a time.
    backward: needsInput ? state + 5 * inner : 0,
    gradients: 0,
  };
}

export function tiedHeadCost(options: {
  rows: number;
  state: number;
  vocabularySize: number;
  /** Floats of the token table, and of its gradient: 0 where it is frozen. */
  table: number;
  tableGradient: number;
  needsInput: boolean;
}): OperationCost {
  const { rows, state, vocabularySize, table, tableGradient, needsInput } = options;
  const chunk = crossEntropyRows(vocabularySize);
  const logits = Math.min(chunk, rows) * vocabularySize;
  const chunked = rows > chunk;
  const sum = chunked ? tableGradient : 0;
  const inChunk = Math.max(
    logits + table,
    2 * logits + sum,
    ...(tableGradient > 0 ? [2 * logits + table + sum, logits + 3 * table + sum] : []),
  );
  const hidden = needsInput ? state : 0;
  return {
    name: 'cross-entropy',
    kept: hidden + tableGradient,
    // Hidden states and the gradients of the chunks before; then one chunk: its rows, their targets' embeddings, logits.
    forward: state + hidden + ((chunked ? 2 : 1) * Math.min(chunk, rows) * state) / rows + inChunk,
    backward: hidden + tableGradient,
    gradients: tableGradient,
  };
}

export function embeddingCost(options: {
  state: number;
  table: number;
  positions: number;
  used: number;
}): OperationCost {
  const { state, table, positions, used } = options;
  return {
    name: 'embedding',
    kept: 0,
    forward: 3 * state,
    // dy; the scattered gradient and its sum with that of the tied head; the positions' gradient before and after padding.
    backward:
      table + positions > 0 ? state + Math.max(2 * table + positions, positions > 0 ? table + positions + used : 0) : 0,
    // The table's gradient is already there from the tied head, or comes from here.
    gradients: positions,
  };
}

export function classifierCost(options: {
  state: number;
  width: number;
  batch: number;
  classes: number;
}): OperationCost {
  const { state, width, batch, classes } = options;
  const gradients = (width + 1) * classes;
  return {
    name: 'head',
    kept: batch * (width + classes),
    forward: 2 * state + batch * (width + 4 * classes),
    backward: 2 * state + gradients,
    gradients,
  };
}

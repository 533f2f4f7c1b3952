/**
 * @file The operations an architecture is written in. One description of the forward pass is read three times: with tensors,
 * where it computes (models/forward.ts), with sizes, where it tells what a training step holds (memory/trace.ts), and with
 * sizes in torch, where it tells what autograd saves (memory/torch/graph.ts).
 *
 * A value is a matrix `[rows, width]`; row `b · sequence + s` is position `s` of example `b`.
 */

/** `T` is a tensor where the model runs, and a size where its memory is predicted, here or in torch. */
export interface Graph<T> {
  /** Sum of the embeddings of the batch's tokens `[batch · sequence, width]`, by the paths of the tables. */
  embed(tables: EmbeddingTables): T;
  /** The batch's images as rows of patches `[batch · patches, channels · side²]`. */
  patches(side: number): T;
  /**
   * Looks up, for every example, the row of a table that its id in a field names → `[batch, width]`, with whatever a trial put on
   * the table.
   */
  lookup(path: string, field: number): T;
  /** Numbers of every example, zeros after those that it has → `[batch, count]`. */
  features(): T;
  /** Matrices of as many rows, one after another in every row. */
  sideBySide(parts: readonly T[]): T;
  /** Puts the class token before the rows of every example, and adds the embeddings of positions. By the paths of the tables. */
  classToken(tables: { token: string; positions: string }, x: T): T;
  /** A linear layer that trials may target, with whatever a trial has put on it. */
  linear(path: string, x: T): T;
  /** A linear layer that carries no adapter: `x · <path>.kernel + <path>.bias`. */
  project(path: string, x: T): T;
  /** Layer normalization with `<path>.gain` and `<path>.bias`. */
  layerNorm(path: string, x: T, epsilon: number): T;
  /** Root-mean-square normalization with `<path>.gain`; of each head by itself where the gain is as wide as a head. */
  rmsNorm(path: string, x: T, epsilon: number): T;
  /** Exact GELU. */
  gelu(x: T): T;
  /** GELU in its tanh form. */
  geluTanh(x: T): T;
  tanh(x: T): T;
  /** `max(x, 0)` */
  relu(x: T): T;
  /** `silu(gate) · up` */
  siluGated(gate: T, up: T): T;
  /** `gelu(gate) · up` with GELU in its tanh form */
  geluTanhGated(gate: T, up: T): T;
  /** Turns every head by its position, see engine/rotary.ts. */
  rotary(x: T, frequencies: Float64Array): T;
  attention(operands: AttentionOperands<T>): T;
  add(a: T, b: T): T;
  /**
   * The rows of the example's own tokens: what a trial puts before them is left out. Whoever runs an architecture takes it
   * of the last hidden states; architectures see longer sequences and need not know.
   */
  ownTokens(x: T): T;
  /** The first row of each example → `[batch, width]`. */
  firstTokens(x: T): T;
  /** Mean over the real tokens of each example → `[batch, width]`. */
  meanTokens(x: T): T;
  /** Frees everything `run` made but its result and what is saved for the backward pass. */
  scope(run: () => T): T;
  /** Frees a value that nothing later reads. */
  release(x: T): void;
  /** Says what a block puts out, before anything is freed. `throughBlocks` does it for every block. */
  blockOutput(x: T): void;
  /**
   * What later blocks read in the place of `x`, which is freed where it is another: of the embedding at 0, else of the block before.
   * `throughBlocks` asks for it at every place.
   */
  perturbed(x: T, place: number): T;
  /**
   * `run(x)`, which frees `x`. Where a trial asks for it, only `x` is kept of what runs, and the backward pass runs it again.
   * `throughBlocks` does it for every block.
   */
  again(x: T, run: (x: T) => T): T;
  /**
   * `run` for every block, each on what the block before gave: `oneByOne`, or a part of them where those between are alike. Blocks whose
   * parameters have the same shapes are the same operations on values of the same sizes. `throughBlocks` asks for it.
   */
  repeated(first: T, blocks: Blocks, run: (x: T, index: number) => T): T;
  /** Absent where the graph runs. */
  shapes?: ShapeOperations<T>;
}

/** Operations of models that are known by their shapes alone. */
export interface ShapeOperations<T> {
  /** Parts of every row, of these widths, which stay views of it. */
  parts(x: T, widths: readonly number[]): T[];
  /** Each row through the experts that `<path>.router` chooses for it: `<path>.experts_gate_up`, then `<path>.experts_down`. */
  experts(path: string, x: T, of: Experts): T;
}

export interface Experts {
  count: number;
  /** Experts of each row. */
  chosen: number;
  /** Units of an expert. */
  width: number;
  /** Weights of a row's experts are made to add up to 1. */
  normalized: boolean;
  /** Weights stay float32. Otherwise they have the type of the model. */
  weighsInFloat32: boolean;
}

/** Blocks of a model: `blocks.0`, `blocks.1` and so on. */
export interface Blocks {
  layers: number;
  /** Default `blocks`. */
  path?: string;
  /** Sorts of blocks that differ in numbers which change no size, such as those of their positions. Absent: they are of one. */
  kindOf?(index: number): string;
}

/** All blocks one after another. */
export function oneByOne<T>(first: T, { layers }: Blocks, run: (x: T, index: number) => T): T {
  let x = first;
  for (let index = 0; index < layers; index++) x = run(x, index);
  return x;
}

export interface EmbeddingTables {
  /** Path of `[vocabulary, width]` */
  tokens: string;
  /** Path of `[positions, width]`; the first token has the position `first`, default 0. */
  positions?: string;
  first?: number;
  /** Path of `[types, width]`, of which every token has the first. */
  types?: string;
  /** A number that the embeddings of tokens are multiplied by. Default 1. */
  scale?: number;
}

export interface AttentionOperands<T> {
  /** Path of the block's attention, e.g. `blocks.0.attention`. */
  path: string;
  /** The place of its block among those of the model. Absent: no part of a row is read apart in it. */
  block?: number | undefined;
  query: T;
  key: T;
  value: T;
  heads: number;
  /** Heads of keys and values, each shared by `heads / keyHeads` queries. Default `heads`. */
  keyHeads?: number;
  /** `causal`: no token sees a later one. `padding`: every token sees the real ones of its example. `none`: all see all. */
  mask: 'causal' | 'padding' | 'none';
  /** In causal attention a query sees so many keys at most, its own and those right before it. Default: all. */
  window?: number | undefined;
  /** A number that scores are multiplied by. Default `1/√(width of a head)`. */
  scale?: number | undefined;
  /** Scores are bent to `cap · tanh(score / cap)`. Default: they are not. */
  softCap?: number | undefined;
  /** In torch each head of the queries lies by itself, not beside the others of its row. Default: beside. */
  headsFirst?: true;
}

/** `x + branch(x)` in a scope of its own; `x` is freed. */
export function residual<T>(graph: Graph<T>, x: T, branch: (x: T) => T): T {
  const next = graph.scope(() => graph.add(x, branch(x)));
  graph.release(x);
  return next;
}

/**
 * Queries or keys `[rows, heads · d]`: the linear layer of that name, each head normalized where there is an epsilon, and turned by
 * its position.
 */
export function turnedHeads<T>(
  graph: Graph<T>,
  x: T,
  { path, frequencies, epsilon }: { path: string; frequencies: Float64Array; epsilon: number | undefined },
): T {
  return graph.scope(() => {
    const projected = graph.linear(path, x);
    return graph.rotary(epsilon ? graph.rmsNorm(`${path}_norm`, projected, epsilon) : projected, frequencies);
  });
}

/** The blocks of a model one after another; each gets its path, e.g. `blocks.0`, and its index, and frees what it is given. */
export function throughBlocks<T>(
  graph: Graph<T>,
  first: T,
  blocks: Blocks,
  block: (x: T, path: string, index: number) => T,
): T {
  return graph.repeated(graph.perturbed(first, 0), blocks, (before, index) => {
    const x = graph.again(before, (input) => block(input, `${blocks.path ?? 'blocks'}.${index}`, index));
    graph.blockOutput(x);
    return graph.perturbed(x, index + 1);
  });
}

/** Layers with ReLU one after another, `layers.0` and so on; `x` is freed. */
export const throughLayers = <T>(graph: Graph<T>, first: T, layers: number): T =>
  throughBlocks(graph, first, { layers, path: 'layers' }, (x, path) => {
    const next = graph.scope(() => graph.relu(graph.linear(path, x)));
    graph.release(x);
    return next;
  });

/**
 * The blocks of a transformer that normalizes before each half, and the norm after the last: `x [rows, width]` in and out;
 * `x` is freed. Layers are called as GPT-2 and ViT here call them, e.g. `blocks.0.attention.query`.
 */
export function preNormBlocks<T>(
  graph: Graph<T>,
  first: T,
  {
    layers,
    heads,
    normEpsilon,
    mask,
    activation,
  }: {
    layers: number;
    heads: number;
    normEpsilon: number;
    mask: 'causal' | 'none';
    /** Between the two feed-forward layers. */
    activation: (x: T) => T;
  },
): T {
  const x = throughBlocks(graph, first, { layers }, (before, path) => {
    const between = residual(graph, before, (input) => {
      const mixed = graph.scope(() => {
        const normalized = graph.layerNorm(`${path}.norm_1`, input, normEpsilon);
        const query = graph.linear(`${path}.attention.query`, normalized);
        const key = graph.linear(`${path}.attention.key`, normalized);
        const value = graph.linear(`${path}.attention.value`, normalized);
        return graph.attention({ path: `${path}.attention`, query, key, value, heads, mask });
      });
      return graph.linear(`${path}.attention.output`, mixed);
    });
    return residual(graph, between, (input) => {
      const inner = graph.scope(() =>
        activation(graph.linear(`${path}.mlp.fc_in`, graph.layerNorm(`${path}.norm_2`, input, normEpsilon))),
      );
      return graph.linear(`${path}.mlp.fc_out`, inner);
    });
  });
  const final = graph.layerNorm('norm_final', x, normEpsilon);
  graph.release(x);
  return final;
}

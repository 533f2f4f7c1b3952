/** @file Runs a model: the operations of a graph on tensors, with a trial's adapters behind `ModelAccess`. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { gelu, geluTanh, geluTanhGated, relu, siluGated, tanh } from '../engine/activations.js';
import { attention } from '../engine/attention.js';
import { attentionApart } from '../engine/attention-apart.js';
import type { AttentionChoice } from '../engine/chunk.js';
import { featureRows, sideBySide } from '../engine/fields.js';
import type { RowPart } from '../engine/heads.js';
import { layerNorm, rmsNorm } from '../engine/norms.js';
import { embed, linear, withRows } from '../engine/ops.js';
import { classToken, imagePatches, type PixelImages } from '../engine/patches.js';
import { firstRows, meanPool } from '../engine/pooling.js';
import { rotary } from '../engine/rotary.js';
import { plusGated, prepend, withoutFirst } from '../engine/sequence.js';
import { tf } from '../tensor/tf.js';
import { type Apart, type QueryTokens, rowsApart } from './apart.js';
import { architectureOf, type ModelConfig, modelInput } from './config.js';
import { type Graph, oneByOne } from './graph.js';
import type { KeyValueCache } from './past.js';
import type { SequenceAccess } from './sequence.js';
import type { OwnRows } from './tokens.js';

/** How a forward pass reaches parameters and linear layers; a trial puts its adapters behind it. */
export interface ModelAccess {
  /** The parameter's tensor, which the caller must not dispose. */
  tensor(path: string): tfjs.Tensor;
  /** `x [rows, in]` through the linear layer at `path`, adapter included → `[rows, out]`. */
  linear(path: string, x: tfjs.Tensor2D): tfjs.Tensor2D;
  /** Rows of the table at `path` that the ids name, adapter included → `[ids, out]`. */
  lookup(path: string, ids: Int32Array): tfjs.Tensor2D;
  /** How scores of attention are held; absent: as the length suggests. */
  attention?: AttentionChoice | undefined;
  /** How rows of a query and a text are encoded; absent: the text follows on the query, and both are read together. */
  apart?: Apart | undefined;
  /** Rows before the tokens of every example, or beside them; absent: none. */
  sequence?: SequenceAccess | undefined;
  /** Rows of the table of tokens in the place of the base's; absent: none. */
  ownRows?: OwnRows | undefined;
  /** Runs a part of the model that frees what it is given, so that the backward pass runs it again. Absent: all is kept. */
  again?(x: tfjs.Tensor2D, run: (x: tfjs.Tensor2D) => tfjs.Tensor2D): tfjs.Tensor2D;
  /** Gives what later blocks read in the place of `x`, which it must not dispose; `x` itself where that stays. See `Graph.perturbed`. */
  perturb?(x: tfjs.Tensor2D, place: number): tfjs.Tensor2D;
  /** Gets what each block puts out of the examples' own tokens, `[rows, width]`, which it must not dispose. */
  blockOutput?(x: tfjs.Tensor2D): void;
}

/** The part of a batch that a model reads. */
export interface ModelInput {
  size: number;
  /** Tokens of an example; 0 for images, fields and features. */
  sequence: number;
  /** `[size, sequence]` token ids. */
  inputs: Int32Array;
  /** `[size, height, width, channels]` in 0 … 1, for images. */
  pixels?: Float32Array;
  /** `[size, fields]`: an id of each field, for models that read fields. */
  fields?: Int32Array;
  /** `[size, features]`: numbers of each example, for models that read features. */
  features?: Float32Array;
  /** `[size]` number of real tokens of each example; the rest is padding at the end. */
  lengths: Int32Array;
  /** Where rows are a query and a text. */
  queries?: QueryTokens;
  /**
   * Tokens of the same examples that were read before, which these come after; these are added. One token of each example comes
   * after others, and there is no padding. Causal models alone. Absent: these are the first.
   */
  past?: KeyValueCache;
}

/**
 * Hidden states after the final norm, `[size · sequence, width]`; of an image, the class token's and its patches'; of fields
 * and features, one of each example. Padding does not reach real tokens.
 *
 * @throws Error where the batch holds something else than the model reads
 */
export function hiddenStates(config: ModelConfig, input: ModelInput, access: ModelAccess): tfjs.Tensor2D {
  const graph = tensorGraph(config, input, access);
  const hidden = graph.ownTokens(architectureOf(config).hidden(graph, config));
  if (input.past) input.past.length += input.sequence;
  return hidden;
}

/**
 * The output of each block, `[rows, width]`: of a transformer the states before any final norm, otherwise those of a hidden
 * layer. The caller disposes them.
 */
export function blockOutputs(config: ModelConfig, input: ModelInput, access: ModelAccess): tfjs.Tensor2D[] {
  const outputs: tfjs.Tensor2D[] = [];
  const blockOutput = (x: tfjs.Tensor2D) => void outputs.push(tf.keep(x.clone()));
  tf.tidy(() => void hiddenStates(config, input, { ...access, blockOutput }));
  return outputs;
}

/** Outputs of the head of a classification: `[size, classes]`. */
export function headOutputs(config: ModelConfig, input: ModelInput, access: ModelAccess): tfjs.Tensor2D {
  const graph = tensorGraph(config, input, access);
  const architecture = architectureOf(config);
  const hidden = graph.ownTokens(architecture.hidden(graph, config));
  return graph.project('head', architecture.pool(graph, config, hidden));
}

/**
 * The model's own logit that something happens: `[size, 1]`.
 *
 * @throws Error where the architecture has none
 */
export function eventLogits(config: ModelConfig, input: ModelInput, access: ModelAccess): tfjs.Tensor2D {
  const graph = tensorGraph(config, input, access);
  const architecture = architectureOf(config);
  if (architecture.eventLogit === undefined) throw new Error(`${config.architecture} predicts no event`);
  return architecture.eventLogit(graph, config, architecture.hidden(graph, config));
}

/**
 * The `[vocabulary, width]` table of the language-model head, which ends with the scope it is asked for in.
 *
 * @throws Error where the architecture has none
 */
export function vocabularyTable(config: ModelConfig, access: ModelAccess): tfjs.Tensor2D {
  const path = architectureOf(config).vocabularyTable?.(config);
  if (path === undefined) {
    throw new Error(`${config.architecture} predicts no next token`);
  }
  return wholeTable(access, path);
}

/** A table with the rows that a trial has in the place of some, which ends with the scope it is asked for in. */
export function wholeTable({ tensor, ownRows }: Pick<ModelAccess, 'tensor' | 'ownRows'>, path: string): tfjs.Tensor2D {
  const table = tensor(path) as tfjs.Tensor2D;
  if (ownRows?.table !== path) return table;
  return withRows(table, Int32Array.from(ownRows.rowOf.keys()), ownRows.rows());
}

/** Bound of the next token's logits, where the architecture bends them; see `tiedCrossEntropy`. */
export function logitCap(config: ModelConfig): number | undefined {
  return architectureOf(config).logitCap?.(config);
}

/**
 * The operations of architectures on tensors.
 *
 * @throws Error if the model has not as many positions as the sequence takes up
 */
export function tensorGraph(config: ModelConfig, input: ModelInput, access: ModelAccess): Graph<tfjs.Tensor2D> {
  const { size, sequence: own, lengths, past } = input;
  const earlier = past?.length ?? 0;
  const { length: taken = 0, embeddings: virtualTokens, prefix, beside } = access.sequence ?? {};
  // Virtual tokens were read with the first of the examples' own.
  const embeddings = earlier > 0 ? undefined : virtualTokens;
  requireRoom(config, taken, earlier + own);
  // Virtual tokens go through the model; prefixes only move the positions of the tokens.
  const virtual = embeddings ? taken : 0;
  const sequence = virtual + own;
  const { inputs, parts }: { inputs: Int32Array; parts: readonly RowPart[] } = access.apart
    ? rowsApart(input, access.apart)
    : {
        inputs: input.inputs,
        parts: [{ first: 0, count: sequence, lengths: lengths.map((length) => virtual + length) }],
      };
  const matrix = (path: string) => access.tensor(path) as tfjs.Tensor2D;
  const vector = (path: string) => access.tensor(path) as tfjs.Tensor1D;
  return {
    embed({ tokens, positions, first = 0, types, scale = 1 }) {
      const rows = embed(inputs, own, {
        tokens: matrix(tokens),
        scale,
        ...(access.ownRows?.table === tokens && { own: { rows: access.ownRows.rows(), rowOf: access.ownRows.rowOf } }),
        ...(positions === undefined ? {} : { positions: matrix(positions), first: first + taken + earlier }),
        ...(types === undefined ? {} : { types: matrix(types) }),
      });
      if (embeddings === undefined) return rows;
      const whole = tf.tidy(() => {
        const placed = positions === undefined ? [] : [tf.slice(matrix(positions), [first, 0], [taken, -1])];
        const typed = types === undefined ? [] : [tf.slice(matrix(types), [0, 0], [1, -1])];
        const before = [...placed, ...typed].reduce((sum, row) => tf.add(sum, row) as tfjs.Tensor2D, embeddings());
        return prepend(before, rows, size);
      });
      rows.dispose();
      return whole;
    },
    patches: (side) => imagePatches(imagesOf(config, input), side),
    lookup: (path, field) => tf.tidy(() => access.lookup(path, fieldOf(config, input, field))),
    features: () => featuresOf(config, input),
    sideBySide,
    classToken: ({ token, positions }, x) => classToken(x, matrix(token), matrix(positions), size),
    // Tensors that an adapter makes besides its result are not held until the block's end.
    linear: (path, x) => tf.tidy(() => access.linear(path, x)),
    project: (path, x) => linear(x, matrix(`${path}.kernel`), vector(`${path}.bias`)),
    layerNorm: (path, x, epsilon) => layerNorm(x, vector(`${path}.gain`), vector(`${path}.bias`), epsilon),
    rmsNorm: (path, x, epsilon) => rmsNorm(x, vector(`${path}.gain`), epsilon),
    gelu,
    geluTanh,
    tanh,
    relu,
    siluGated,
    geluTanhGated,
    rotary: (x, frequencies) =>
      rotary(x, { sequence, frequencies, first: prefix || earlier > 0 ? taken + earlier : 0 }),
    attention({ path, block, query, key: ownKey, value: ownValue, heads, keyHeads = heads, mask, ...scores }) {
      const own = { key: ownKey, value: ownValue };
      const { key, value } = past ? past.extend(path, own, size) : own;
      const shape = {
        ...scores,
        earlier: key.shape[0] / size - sequence,
        batch: size,
        sequence: query.shape[0] / size,
        heads,
        keyHeads,
        attention: access.attention,
        mask: mask === 'padding' ? parts : mask,
      };
      if (access.apart && block !== undefined && block < access.apart.blocks) {
        return attentionApart(query, key, value, { ...shape, parts });
      }
      if (prefix) {
        return tf.tidy(() => {
          const before = prefix(path);
          return attention(query, prepend(before.key, key, size), prepend(before.value, value, size), shape);
        });
      }
      const ofTokens = attention(query, key, value, shape);
      const read = beside?.(path);
      if (read === undefined) return ofTokens;
      const sum = tf.tidy(() => {
        const [keys, values] = ['key', 'value'].map((layer) => access.linear(`${path}.${layer}`, read.rows));
        // The rows are the same for all queries: those of all examples are one sequence, of which nothing is hidden.
        const sequence = query.shape[0];
        const own = { ...scores, batch: 1, sequence, rows: sequence, heads, keyHeads, mask: 'none' as const };
        return plusGated(ofTokens, read.gate, attention(query, keys!, values!, own));
      });
      ofTokens.dispose();
      return sum;
    },
    add: (a, b) => tf.add(a, b),
    ownTokens(x) {
      if (virtual === 0) return x;
      const kept = withoutFirst(x, virtual, size);
      x.dispose();
      return kept;
    },
    firstTokens: (x) => firstRows(x, size),
    meanTokens: (x) => meanPool(x, lengths, own),
    scope: (run) => tf.tidy(run),
    release: (x) => x.dispose(),
    blockOutput: (x) => access.blockOutput?.(virtual === 0 ? x : withoutFirst(x, virtual, size)),
    perturbed(x, place) {
      const next = access.perturb?.(x, place) ?? x;
      if (next !== x) x.dispose();
      return next;
    },
    again: (x, run) => (access.again ? access.again(x, run) : run(x)),
    repeated: oneByOne,
  };
}

function requireRoom(config: ModelConfig, taken: number, own: number): void {
  const input = modelInput(config);
  if (input.kind === 'tokens' && taken + own > input.contextLength) {
    throw new Error(`A sequence of ${taken} + ${own} positions is longer than the ${input.contextLength} of the model`);
  }
}

/** @throws Error where the batch holds no images, or images of another size than the model reads */
function imagesOf(config: ModelConfig, { size, pixels }: ModelInput): PixelImages {
  const expected = modelInput(config);
  if (expected.kind !== 'image') {
    throw new Error(`${config.architecture} reads ${expected.kind}`);
  }
  const { height, width, channels } = expected;
  const count = size * height * width * channels;
  if (pixels?.length !== count) {
    throw new Error(
      `The model reads images of ${height} × ${width} pixels in ${channels} channels, ${count} numbers for ${size}; ` +
        `the batch holds ${pixels?.length ?? 'none'}`,
    );
  }
  return { size, pixels, height, width, channels };
}

/** @throws Error where the batch holds no fields, another number of them, or an id that the field does not have */
function fieldOf(config: ModelConfig, { size, fields }: ModelInput, field: number): Int32Array {
  const expected = modelInput(config);
  if (expected.kind !== 'fields') {
    throw new Error(`${config.architecture} reads ${expected.kind}`);
  }
  const { cardinalities } = expected;
  const count = cardinalities.length;
  if (fields?.length !== size * count) {
    throw new Error(
      `The model reads ${count} fields, ${size * count} ids for ${size}; the batch holds ${fields?.length ?? 'none'}`,
    );
  }
  const ids = Int32Array.from({ length: size }, (_, example) => fields[example * count + field]!);
  const unknown = ids.find((id) => id < 0 || id >= cardinalities[field]!);
  if (unknown !== undefined) {
    throw new Error(`Field ${field} has the ids 0 to ${cardinalities[field]! - 1}; the batch holds ${unknown}`);
  }
  return ids;
}

/** @throws Error where the batch holds no features, or more of an example than the model reads */
function featuresOf(config: ModelConfig, { size, features }: ModelInput): tfjs.Tensor2D {
  const expected = modelInput(config);
  if (expected.kind !== 'features') {
    throw new Error(`${config.architecture} reads ${expected.kind}`);
  }
  const { count } = expected;
  const held = features && features.length / size;
  if (held === undefined || !Number.isInteger(held) || held > count) {
    throw new Error(`The model reads ${count} features of an example; the batch holds ${held ?? 'none'}`);
  }
  return featureRows(features!, size, count);
}

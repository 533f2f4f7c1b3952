/** @file Runs a model: the operations of a graph on tensors, with a trial's adapters behind `ModelAccess`. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { gelu, geluTanh, siluGated, tanh } from '../engine/activations.js';
import { attention } from '../engine/attention.js';
import { layerNorm, rmsNorm } from '../engine/norms.js';
import { embed, linear } from '../engine/ops.js';
import { classToken, imagePatches, type PixelImages } from '../engine/patches.js';
import { firstRows, meanPool } from '../engine/pooling.js';
import { rotary } from '../engine/rotary.js';
import { prepend, withoutFirst } from '../engine/sequence.js';
import { tf } from '../tensor/tf.js';
import { architectureOf, type ModelConfig, modelInput } from './config.js';
import type { Graph } from './graph.js';
import type { SequenceAccess } from './sequence.js';

/** How a forward pass reaches parameters and linear layers; a trial puts its adapters behind it. */
export interface ModelAccess {
  /** The parameter's tensor, which the caller must not dispose. */
  tensor(path: string): tfjs.Tensor;
  /** `x [rows, in]` through the linear layer at `path`, adapter included → `[rows, out]`. */
  linear(path: string, x: tfjs.Tensor2D): tfjs.Tensor2D;
  /** What stands before the tokens of every example; absent: nothing. */
  sequence?: SequenceAccess | undefined;
}

/** What a model reads of a batch. */
export interface ModelInput {
  size: number;
  /** Tokens of an example; 0 for images. */
  sequence: number;
  /** `[size, sequence]` token ids. */
  inputs: Int32Array;
  /** `[size, height, width, channels]` in 0 … 1, for images. */
  pixels?: Float32Array;
  /** `[size]` number of real tokens of each example; the rest is padding at the end. */
  lengths: Int32Array;
}

/**
 * Hidden states after the final norm, `[size · sequence, width]`; of an image, the class token's and its patches'.
 * Padding does not reach real tokens.
 *
 * @throws Error where the batch holds tokens and the model reads images, or the other way round
 */
export function hiddenStates(config: ModelConfig, input: ModelInput, access: ModelAccess): tfjs.Tensor2D {
  const graph = tensorGraph(config, input, access);
  return graph.ownTokens(architectureOf(config).hidden(graph, config));
}

/** Outputs of the head of a classification: `[size, classes]`. */
export function headOutputs(config: ModelConfig, input: ModelInput, access: ModelAccess): tfjs.Tensor2D {
  const graph = tensorGraph(config, input, access);
  const architecture = architectureOf(config);
  const hidden = graph.ownTokens(architecture.hidden(graph, config));
  return graph.project('head', architecture.pool(graph, config, hidden));
}

/**
 * The `[vocabulary, width]` table of the language-model head.
 *
 * @throws Error where the architecture has none
 */
export function vocabularyTable(config: ModelConfig, access: ModelAccess): tfjs.Tensor2D {
  const path = architectureOf(config).vocabularyTable?.(config);
  if (path === undefined) {
    throw new Error(`${config.architecture} predicts no next token`);
  }
  return access.tensor(path) as tfjs.Tensor2D;
}

/** @throws Error if the model has not as many positions as the sequence takes up */
function tensorGraph(config: ModelConfig, input: ModelInput, access: ModelAccess): Graph<tfjs.Tensor2D> {
  const { size, sequence: own, inputs, lengths } = input;
  const { length: taken = 0, embeddings, prefix } = access.sequence ?? {};
  requireRoom(config, taken, own);
  // Virtual tokens go through the model; prefixes only move the positions of the tokens.
  const virtual = embeddings ? taken : 0;
  const sequence = virtual + own;
  const matrix = (path: string) => access.tensor(path) as tfjs.Tensor2D;
  const vector = (path: string) => access.tensor(path) as tfjs.Tensor1D;
  return {
    embed({ tokens, positions, first = 0, types }) {
      const rows = embed(inputs, own, {
        tokens: matrix(tokens),
        ...(positions === undefined ? {} : { positions: matrix(positions), first: first + taken }),
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
    classToken: ({ token, positions }, x) => classToken(x, matrix(token), matrix(positions), size),
    linear: (path, x) => access.linear(path, x),
    project: (path, x) => linear(x, matrix(`${path}.kernel`), vector(`${path}.bias`)),
    layerNorm: (path, x, epsilon) => layerNorm(x, vector(`${path}.gain`), vector(`${path}.bias`), epsilon),
    rmsNorm: (path, x, epsilon) => rmsNorm(x, vector(`${path}.gain`), epsilon),
    gelu,
    geluTanh,
    tanh,
    siluGated,
    rotary: (x, frequencies) => rotary(x, { sequence, frequencies, first: prefix ? taken : 0 }),
    attention({ path, query, key, value, heads, keyHeads = heads, mask }) {
      const shape = {
        batch: size,
        sequence: query.shape[0] / size,
        heads,
        keyHeads,
        mask: mask === 'padding' ? { lengths: lengths.map((length) => virtual + length) } : mask,
      };
      if (prefix === undefined) return attention(query, key, value, shape);
      return tf.tidy(() => {
        const before = prefix(path);
        return attention(query, prepend(before.key, key, size), prepend(before.value, value, size), shape);
      });
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
    throw new Error(`${config.architecture} reads tokens`);
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

/** @file Runs a model: the operations of a graph on tensors, with a trial's adapters behind `ModelAccess`. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { geluTanh, siluGated } from '../engine/activations.js';
import { attention } from '../engine/attention.js';
import { layerNorm, rmsNorm } from '../engine/norms.js';
import { embed, linear, meanPool } from '../engine/ops.js';
import { rotary } from '../engine/rotary.js';
import { prepend, withoutFirst } from '../engine/sequence.js';
import { tf } from '../tensor/tf.js';
import { architectureOf, type ModelConfig } from './config.js';
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
  sequence: number;
  /** `[size, sequence]` token ids. */
  inputs: Int32Array;
  /** `[size]` number of real tokens of each example; the rest is padding at the end. */
  lengths: Int32Array;
}

/** Hidden states after the final norm, `[size · sequence, width]`. Padding does not reach real tokens. */
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

/** The `[vocabulary, width]` table of the language-model head. */
export function vocabularyTable(config: ModelConfig, access: ModelAccess): tfjs.Tensor2D {
  return access.tensor(architectureOf(config).vocabularyTable(config)) as tfjs.Tensor2D;
}

/** @throws Error if the model has not as many positions as the sequence takes up */
function tensorGraph(
  { contextLength }: ModelConfig,
  { size, sequence: own, inputs, lengths }: ModelInput,
  access: ModelAccess,
): Graph<tfjs.Tensor2D> {
  const { length: taken = 0, embeddings, prefix } = access.sequence ?? {};
  if (taken + own > contextLength) {
    throw new Error(`A sequence of ${taken} + ${own} positions is longer than the ${contextLength} of the model`);
  }
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
    linear: (path, x) => access.linear(path, x),
    project: (path, x) => linear(x, matrix(`${path}.kernel`), vector(`${path}.bias`)),
    layerNorm: (path, x, epsilon) => layerNorm(x, vector(`${path}.gain`), vector(`${path}.bias`), epsilon),
    rmsNorm: (path, x, epsilon) => rmsNorm(x, vector(`${path}.gain`), epsilon),
    geluTanh,
    siluGated,
    rotary: (x, frequencies) => rotary(x, { sequence, frequencies, first: prefix ? taken : 0 }),
    attention({ path, query, key, value, heads, keyHeads = heads, mask }) {
      const shape = {
        batch: size,
        sequence,
        heads,
        keyHeads,
        mask: mask === 'causal' ? mask : { lengths: lengths.map((length) => virtual + length) },
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
    meanTokens: (x) => meanPool(x, lengths, own),
    scope: (run) => tf.tidy(run),
    release: (x) => x.dispose(),
  };
}

/** @file Runs a model: the operations of a graph on tensors, with a trial's adapters behind `ModelAccess`. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { geluTanh, siluGated } from '../engine/activations.js';
import { attention } from '../engine/attention.js';
import { layerNorm, rmsNorm } from '../engine/norms.js';
import { embed, linear, meanPool } from '../engine/ops.js';
import { rotary } from '../engine/rotary.js';
import { tf } from '../tensor/tf.js';
import { architectureOf, type ModelConfig } from './config.js';
import type { Graph } from './graph.js';

/** How a forward pass reaches parameters and linear layers; a trial puts its adapters behind it. */
export interface ModelAccess {
  /** The parameter's tensor, which the caller must not dispose. */
  tensor(path: string): tfjs.Tensor;
  /** `x [rows, in]` through the linear layer at `path`, adapter included → `[rows, out]`. */
  linear(path: string, x: tfjs.Tensor2D): tfjs.Tensor2D;
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
  return architectureOf(config).hidden(tensorGraph(input, access), config);
}

/** Outputs of the head of a classification: `[size, classes]`. */
export function headOutputs(config: ModelConfig, input: ModelInput, access: ModelAccess): tfjs.Tensor2D {
  const graph = tensorGraph(input, access);
  const architecture = architectureOf(config);
  return graph.project('head', architecture.pool(graph, config, architecture.hidden(graph, config)));
}

/** The `[vocabulary, width]` table of the language-model head. */
export function vocabularyTable(config: ModelConfig, access: ModelAccess): tfjs.Tensor2D {
  return access.tensor(architectureOf(config).vocabularyTable(config)) as tfjs.Tensor2D;
}

function tensorGraph({ size, sequence, inputs, lengths }: ModelInput, access: ModelAccess): Graph<tfjs.Tensor2D> {
  const matrix = (path: string) => access.tensor(path) as tfjs.Tensor2D;
  const vector = (path: string) => access.tensor(path) as tfjs.Tensor1D;
  return {
    embed: ({ tokens, positions, first, types }) =>
      embed(inputs, sequence, {
        tokens: matrix(tokens),
        ...(positions === undefined ? {} : { positions: matrix(positions), first: first ?? 0 }),
        ...(types === undefined ? {} : { types: matrix(types) }),
      }),
    linear: (path, x) => access.linear(path, x),
    project: (path, x) => linear(x, matrix(`${path}.kernel`), vector(`${path}.bias`)),
    layerNorm: (path, x, epsilon) => layerNorm(x, vector(`${path}.gain`), vector(`${path}.bias`), epsilon),
    rmsNorm: (path, x, epsilon) => rmsNorm(x, vector(`${path}.gain`), epsilon),
    geluTanh,
    siluGated,
    rotary: (x, frequencies) => rotary(x, { sequence, frequencies }),
    attention: ({ query, key, value, heads, keyHeads = heads, mask }) =>
      attention(query, key, value, {
        batch: size,
        sequence,
        heads,
        keyHeads,
        mask: mask === 'causal' ? mask : { lengths },
      }),
    add: (a, b) => tf.add(a, b),
    meanTokens: (x) => meanPool(x, lengths, sequence),
    scope: (run) => tf.tidy(run),
    release: (x) => x.dispose(),
  };
}

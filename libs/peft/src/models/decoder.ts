/** @file The decoder-only transformer, read top to bottom: embedding, blocks, final norm. */
import type * as tfjs from '@tensorflow/tfjs-core';
import { attention, embed, gelu, layerNorm } from '../engine/ops.js';
import { tf } from '../tensor/tf.js';
import type { ModelConfig } from './config.js';

/** How a forward pass reaches parameters and linear layers; a trial puts its adapters behind it. */
export interface ModelAccess {
  /** The parameter's tensor, which the caller must not dispose. */
  tensor(path: string): tfjs.Tensor;
  /** `x [rows, in]` through the linear layer at `path`, adapter included → `[rows, out]`. */
  linear(path: string, x: tfjs.Tensor2D): tfjs.Tensor2D;
}

/**
 * Hidden states after the final norm, `[batch · sequence, width]`.
 *
 * @param tokens `[batch · sequence]` ids; padding at the end of an example does not reach earlier tokens
 */
export function hiddenStates(
  config: ModelConfig,
  tokens: Int32Array,
  sequence: number,
  access: ModelAccess,
): tfjs.Tensor2D {
  const shape = { batch: tokens.length / sequence, sequence, heads: config.heads };
  const vector = (path: string) => access.tensor(path) as tfjs.Tensor1D;
  const norm = (path: string, x: tfjs.Tensor2D) =>
    layerNorm(x, vector(`${path}.gain`), vector(`${path}.bias`), config.normEpsilon);

  let x = embed(
    tokens,
    sequence,
    access.tensor('embedding.tokens') as tfjs.Tensor2D,
    access.tensor('embedding.positions') as tfjs.Tensor2D,
  );
  // Each half of a block runs in its own scope, so that only what was saved for the backward pass outlives it.
  const residual = (branch: (x: tfjs.Tensor2D) => tfjs.Tensor2D) => {
    const next = tf.tidy(() => tf.add(x, branch(x)) as tfjs.Tensor2D);
    x.dispose();
    x = next;
  };
  for (let block = 0; block < config.layers; block++) {
    const path = `blocks.${block}`;
    residual((input) => {
      const mixed = tf.tidy(() => {
        const normalized = norm(`${path}.norm_1`, input);
        const [query, key, value] = ['query', 'key', 'value'].map((name) =>
          access.linear(`${path}.attention.${name}`, normalized),
        ) as [tfjs.Tensor2D, tfjs.Tensor2D, tfjs.Tensor2D];
        return attention(query, key, value, shape);
      });
      return access.linear(`${path}.attention.output`, mixed);
    });
    residual((input) => {
      const inner = tf.tidy(() => gelu(access.linear(`${path}.mlp.fc_in`, norm(`${path}.norm_2`, input))));
      return access.linear(`${path}.mlp.fc_out`, inner);
    });
  }
  const final = norm('norm_final', x);
  x.dispose();
  return final;
}

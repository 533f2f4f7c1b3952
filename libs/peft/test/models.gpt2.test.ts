/** @file The decoder against transformers' GPT-2 with the same random weights, in float64. */
import { readFileSync } from 'node:fs';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { differentiate, disposeGradients } from '../src/engine/autograd.js';
import { tiedCrossEntropy, tiedRowLosses } from '../src/engine/cross-entropy.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { linear } from '../src/engine/ops.js';
import { baseParameters, modelConfigSchema } from '../src/models/config.js';
import { hiddenStates, type ModelAccess } from '../src/models/decoder.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose, type Nested } from './support/close.js';

const vector = JSON.parse(readFileSync(new URL('vectors/models/gpt2.json', import.meta.url), 'utf8')) as {
  config: unknown;
  weights: Record<string, Nested>;
  tokens: number[];
  targets: number[];
  sequence: number;
  hidden: Nested;
  losses: Nested;
  loss: number;
  gradients: Record<string, Nested>;
};
const config = modelConfigSchema.parse(vector.config);
const tokens = Int32Array.from(vector.tokens);
const targets = Int32Array.from(vector.targets);
const counted = vector.targets.filter((target) => target >= 0).length;

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(backend);
  });

  it('has the hidden states, losses and gradients of every parameter', () => {
    const parameters = new Map<string, Tensor>(
      baseParameters(config).map(({ path, shape }) => [
        path,
        tf.tensor(vector.weights[path] as number[], shape as [number]),
      ]),
    );
    const tensor = (path: string) => parameters.get(path)!;
    const access: ModelAccess = {
      tensor,
      linear: (path, x) => linear(x, tensor(`${path}.kernel`) as Tensor2D, tensor(`${path}.bias`) as never),
    };
    const table = tensor('embedding.tokens') as Tensor2D;
    const states = tf.tidy(() => hiddenStates(config, tokens, vector.sequence, access));
    expectClose(states.dataSync() as Float32Array, vector.hidden, engine.tolerance, 'hidden states');
    const losses = tiedRowLosses(states, table, targets);
    expectClose(losses.dataSync() as Float32Array, vector.losses, engine.tolerance, 'losses of the rows');

    const { value, gradients } = differentiate(parameters, () =>
      tiedCrossEntropy(hiddenStates(config, tokens, vector.sequence, access), table, targets, counted),
    );
    expectClose(value.dataSync() as Float32Array, [vector.loss], engine.tolerance, 'loss');
    // The gradient of a key's bias is zero in exact arithmetic: it is compared with the largest gradient of its layer.
    for (const [path, gradient] of gradients) {
      const isZero = path.endsWith('key.bias');
      const expected = vector.gradients[path]!;
      if (isZero) {
        const sibling = gradients.get(path.replace('.bias', '.kernel'))!;
        const scale = Math.max(...(sibling.dataSync() as Float32Array).map(Math.abs));
        expect(Math.max(...(gradient.dataSync() as Float32Array).map(Math.abs)), path).toBeLessThan(1e-5 * scale);
      } else {
        expectClose(gradient.dataSync() as Float32Array, expected, engine.tolerance, `gradient of ${path}`);
      }
    }
    disposeGradients(gradients);
    tf.dispose([states, losses, value, ...parameters.values()]);
  });
});

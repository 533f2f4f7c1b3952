/** @file ALLoRA beside the AdamW that it is made of: how far a column moves depends on its length. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { ParameterInfo } from '../src/method.js';
import { findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose } from './support/close.js';
import { products } from './support/one-layer.js';

beforeAll(async () => {
  await openEngine('wasm');
});

/** The first update that an optimizer makes of a `[2, columns]` parameter whose gradient is 1 everywhere. */
async function firstUpdate(
  name: string,
  config: object,
  known: Pick<ParameterInfo, 'role' | 'side'>,
  values: number[][],
): Promise<Float32Array> {
  const optimizer = findOptimizer(name);
  const part = optimizer.build(optimizer.config.parse(config));
  const info: ParameterInfo[] = [{ path: 'p', shape: [2, values[0]!.length], ...known, decays: true }];
  const parameters = new Map([['p', tf.tensor2d(values)]]);
  const gradients = new Map([['p', tf.onesLike(parameters.get('p')!)]]);
  const random = createRandom(0);
  const input = {
    gradients,
    parameters,
    info,
    state: part.init(info, createRandom(0)),
    step: 1,
    learningRate: 0.1,
    random,
    products,
  };
  const { updates, state } = await part.update(input);
  const update = updates.get('p')!.dataSync().slice() as Float32Array;
  tf.dispose([...gradients.values(), ...parameters.values(), ...updates.values(), ...Object.values(state)]);
  return update;
}

const [a, b] = [
  { role: 'lora_A', side: 'input' },
  { role: 'lora_B', side: 'output' },
] as const;

describe('ALLoRA', () => {
  const lengths = [0, 0.01, 0.5, 3, 100];
  const columns = [lengths.map((length) => 0.6 * length), lengths.map((length) => 0.8 * length)];

  it.each([2, 0.5])('moves a zero column η = %d times as far as AdamW does, and a longer one less', async (eta) => {
    const adamw = await firstUpdate('adamw', { weightDecay: 0 }, b, columns);
    const allora = await firstUpdate('allora', { eta }, b, columns);
    const factors = [...allora].map((value, index) => value / adamw[index]!).slice(0, lengths.length);
    expectClose(factors.slice(0, 1), [eta], 1e-5, 'factor of a zero column');
    expectClose(
      factors,
      lengths.map((length) => 1 / Math.sqrt(length + 1 / eta ** 2)),
      1e-5,
      'factors',
    );
    for (const [index, factor] of factors.entries()) {
      expect(factor).toBeGreaterThan(0);
      if (index > 0) expect(factor).toBeLessThan(factors[index - 1]!);
    }
  });

  it('leaves everything but B to AdamW, and A unless it is told otherwise', async () => {
    const plain = await firstUpdate('adamw', { weightDecay: 0 }, a, columns);
    for (const known of [a, { role: 'kernel' }, { role: 'head' }])
      expect(await firstUpdate('allora', {}, known, columns)).toEqual(plain);
    const ofB = await firstUpdate('allora', { eta: 2 }, b, columns);
    expect(await firstUpdate('allora', { eta: 2, applyToA: true }, a, columns)).toEqual(ofB);
  });
});

/** @file What each of several cards holds in torch, held to the equations of ZeRO, and the time of a step on a card. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultTorchOptions, type TorchShard } from '../src/memory/torch/options.js';
import { predictTorch } from '../src/memory/torch/predict.js';
import { shardedOver } from '../src/memory/torch/sharded.js';
import { secondsOf } from '../src/memory/torch/time.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { planTrial } from '../src/training/plan.js';

interface Case {
  shard: TorchShard;
  gpus: number;
  held: { weights: number; gradients: number; optimizer: number };
  buckets: number;
  gathered: { loss: number; block: number };
}

const vector = JSON.parse(readFileSync(new URL('vectors/memory/sharded.json', import.meta.url), 'utf8')) as {
  config: object;
  psi: number;
  cases: Case[];
};

const model = readModelConfig(vector.config);
const fullFt = findMethod('full-ft');
const adamw = findOptimizer('adamw');
const trial = { model, method: fullFt, config: fullFt.config.parse({}), targets: ['query'] };
const predict = (set: { gpus?: number; shard?: TorchShard }) =>
  predictTorch({
    ...trial,
    optimizer: adamw.build(adamw.config.parse({})),
    batchSize: 1,
    sequence: 8,
    options: { ...defaultTorchOptions, ...set },
  });

describe('each of several cards', () => {
  it.each(vector.cases)(
    'holds by $shard on $gpus cards what the equations give',
    ({ shard, gpus, held, ...buffers }) => {
      const { memory, steady } = predict({ gpus, shard });
      expect(memory).toMatchObject({ weights: held.weights, optimizer: held.optimizer });
      const alone = predict({});
      const { psi } = vector;
      expect(alone.memory).toMatchObject({ weights: 2 * psi, optimizer: 4 * psi });
      // All else that is there between two steps is the same on one card.
      const sum = ({ weights, gradients, optimizer }: Case['held']) => weights + gradients + optimizer;
      expect(alone.steady - steady).toBe(8 * psi - sum(held) - buffers.buckets);
      const whole = { weights: 2 * psi, adapters: 0, gradients: 2 * psi, optimizer: 4 * psi, scratch: 0, paged: 0 };
      const options = { ...defaultTorchOptions, gpus, shard };
      expect(shardedOver(whole, { plan: planTrial(trial), model, options })).toMatchObject({ ...held, ...buffers });
    },
  );

  it('holds all alone, whatever the way', () => {
    expect(predict({ gpus: 1, shard: 'zero3' })).toEqual(predict({}));
  });
});

describe('the time of a step', () => {
  const card = { teraflops: 100, gigabytesPerSecond: 1000 };
  const options = { checkpointing: 'none' } as const;

  it('lies between products at half the rate and products at a fifth with reads of the base at half the bandwidth', () => {
    // 2 operations for each of 10¹³ products: 0.2 s at 100 teraflops. Two passes read 10¹⁰ bytes: 0.02 s at 1000 GB/s.
    const step = { products: { forward: 4e12, backward: 6e12 }, weights: 1e10, accumulate: 1, options };
    const { low, high } = secondsOf(step, card);
    expect(low).toBeCloseTo(0.4, 12);
    expect(high).toBeCloseTo(1 + 0.04, 12);
  });

  it('follows from reads of the base if little is multiplied: two in each pass, three if blocks run again', () => {
    const little = { products: { forward: 1e6, backward: 1e6 }, weights: 1e12, accumulate: 2 };
    expect(secondsOf({ ...little, options }, card).low).toBeCloseTo(4, 6);
    expect(secondsOf({ ...little, options: { checkpointing: 'block' } }, card).low).toBeCloseTo(6, 6);
  });
});

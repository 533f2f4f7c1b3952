/** @file Numbers that a method draws in training, where a step accumulates batches. */
import { expect, it } from 'vitest';
import { findMethod, findOptimizer } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { train } from '../src/training/trainer.js';
import { openedBase } from './support/opened-engine.js';
import { tinyData } from './support/tiny-model.js';

const on = openedBase();

/** Every example is the first: batches of a step differ by what is drawn for them alone. */
const data = {
  ...tinyData,
  train: {
    ...tinyData.train,
    batch: (indices: readonly number[]) => tinyData.train.batch(indices.map(() => 0)),
  },
};

/** How far the numbers of two trainings are apart at most, which accumulate one batch and two. */
async function apartBy(name: string): Promise<number> {
  const trained = async (accumulate: number) => {
    const { adapter } = await train({
      engine: on.engine,
      model: on.base,
      method: findMethod(name),
      config: { rank: 4 },
      optimizer: findOptimizer('sgd').build(findOptimizer('sgd').config.parse({})),
      data,
      options: { clipNorm: null, steps: 3, batchSize: 2, accumulate, learningRate: 0.1, targets: ['query'] },
    });
    return [...readAdapter(adapter!).tensors.values()].flatMap(({ values }) => Array.from(values));
  };
  const [one, two] = [await trained(1), await trained(2)];
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - two[at]!)), 0);
}

it('draws the rows of PVeRA anew for every batch of a step', async () => {
  expect(await apartBy('pvera')).toBeGreaterThan(1e-5);
});

it('draws one rank of DyLoRA for all batches of a step', async () => {
  expect(await apartBy('dylora')).toBeLessThan(1e-7);
});

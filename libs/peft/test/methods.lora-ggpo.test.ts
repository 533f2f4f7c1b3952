/** @file LoRA-GGPO without its noise is LoRA, to the bit. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import type { LoadedBase } from '../src/models/base.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { tinyBase, tinyData } from './support/tiny-model.js';

let base: LoadedBase;
let engine: TrainInput['engine'];
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

const trainedFactors = async (name: string, config: object) => {
  const { adapter } = await train({
    engine,
    model: base,
    method: findMethod(name),
    config: { rank: 2, alpha: 4, ...config },
    optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
    data: tinyData,
    options: {
      clipNorm: null,
      steps: 5,
      batchSize: 4,
      accumulate: 2,
      learningRate: 1e-2,
      targets: ['query', 'fc_in'],
      dropout: 0.1,
    },
  });
  const { tensors } = readAdapter(adapter!);
  return Object.fromEntries([...tensors].filter(([path]) => path.includes('.lora_')));
};

it('trains the factors of LoRA where sigma and beta are 0, and others where they are not', async () => {
  const lora = await trainedFactors('lora', {});
  expect(await trainedFactors('lora-ggpo', { sigma: 0, beta: 0 })).toEqual(lora);
  expect(await trainedFactors('lora-ggpo', { sigma: 0.03, beta: 0 })).not.toEqual(lora);
  expect(await trainedFactors('lora-ggpo', { sigma: 0, beta: 1 })).not.toEqual(lora);
});

/** @file One training that serves several ranks: each is the adapter that its first columns and rows make. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { readSafetensors, writeSafetensors } from '../src/io/safetensors.js';
import type { HostTensor } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { evaluate } from '../src/training/evaluate.js';
import { serveAt } from '../src/training/serve.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { expectClose } from './support/close.js';
import { tinyBase, tinyData } from './support/tiny-model.js';

let base: LoadedBase;
let engine: TrainInput['engine'];
beforeAll(async () => {
  engine = await openEngine('wasm');
  base = tinyBase();
});
afterAll(() => base.dispose());

const trained = async (name: string, config: object) => {
  const optimizer = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
  const options = {
    clipNorm: null,
    steps: 20,
    batchSize: 4,
    learningRate: 3e-2,
    targets: ['query' as const, 'fc_out' as const],
  };
  const { adapter } = await train({
    engine,
    model: base,
    method: findMethod(name),
    config,
    optimizer,
    data: tinyData,
    options,
  });
  return adapter!;
};
const losses = async (name: string, adapter: Uint8Array) =>
  (await evaluate({ model: base, method: findMethod(name), adapter, data: tinyData, split: 'test' })).columns.loss!;

/** The first k columns of A and rows of B as an adapter of plain LoRA. */
function asLora(adapter: Uint8Array, k: number, alpha: number): Uint8Array {
  const { tensors, metadata } = readSafetensors(adapter, 'adapter');
  const sliced = [...tensors].map(([path, { shape, values }]): [string, HostTensor] => {
    const [rows, columns] = shape as [number, number];
    if (path.endsWith('lora_B')) return [path, { shape: [k, columns], values: values.slice(0, k * columns) }];
    const kept = Float32Array.from({ length: rows * k }, (_, i) => values[Math.floor(i / k) * columns + (i % k)]!);
    return [path, { shape: [rows, k], values: kept }];
  });
  const trial = { ...JSON.parse(metadata.trial!), method: 'lora', config: { rank: k, alpha } };
  return writeSafetensors(new Map(sliced), { ...metadata, trial: JSON.stringify(trial) });
}

describe.each(methods.filter(({ serves }) => serves).map((method) => ({ name: method.name, method })))(
  '$name',
  ({ name, method }) => {
    it('serves every rank it names, each with losses of its own, the largest as trained', async () => {
      const config = method.config.parse({ rank: 4 });
      const adapter = await trained(name, { rank: 4 });
      const ranks = method.serves!.ranks(config);
      const served = await Promise.all(ranks.map((rank) => losses(name, serveAt(method, adapter, rank))));
      expect(new Set(served.map((values) => values.join())).size).toBe(ranks.length);
      expect(served[ranks.indexOf(Math.max(...ranks))]).toEqual(await losses(name, adapter));
    });

    it('refuses a rank that it does not serve, and names those it does', async () => {
      const adapter = await trained(name, { rank: 2 });
      expect(() => serveAt(method, adapter, 3)).toThrow(`${name} serves the ranks 1, 2, asked for 3`);
    });
  },
);

describe('DyLoRA', () => {
  it.each([false, true])('at rank k is a LoRA of rank k, frozen %s', async (frozen) => {
    const adapter = await trained('dylora', { rank: 4, alpha: 6, frozen });
    for (const k of [1, 2, 3, 4]) {
      const served = await losses('dylora', serveAt(findMethod('dylora'), adapter, k));
      expectClose(served, await losses('lora', asLora(adapter, k, 6)), engine.tolerance, `losses at rank ${k}`);
    }
  });
});

it('is not for a method that serves one rank', async () => {
  const adapter = await trained('lora', { rank: 2 });
  expect(() => serveAt(findMethod('lora'), adapter, 1)).toThrow('lora serves only the rank it was trained at');
});

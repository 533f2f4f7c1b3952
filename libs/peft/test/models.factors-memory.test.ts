/** @file What stands on kernels in factors: an adapter that leaves and goes on, and the memory of trainings. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergedBase } from '../src/export/merged-base.js';
import { exportAdapter } from '../src/export/write.js';
import { readSafetensors } from '../src/io/safetensors.js';
import { predictPacked } from '../src/memory/packed.js';
import { storedModel } from '../src/memory/stored.js';
import { LoadedBase } from '../src/models/base.js';
import { linearLayers, type ModelConfig } from '../src/models/config.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { readAdapter, readAdapterInfo } from '../src/training/adapter.js';
import { leftByChain } from '../src/training/left.js';
import type { TrainInput } from '../src/training/trainer.js';
import { relativeError } from './support/close.js';
import { batchSize, bytesOf, compressed, linearTargets, predicted, roomy, run, sequence } from './support/factors.js';
import { openedEngine } from './support/opened-engine.js';
import { randomData, smallModels } from './support/small-models.js';

openedEngine('wasm');

describe('an adapter on kernels in factors', () => {
  const lora = findMethod('lora');
  let bases: Awaited<ReturnType<typeof compressed>>;
  let adapter: Uint8Array;
  beforeAll(async () => {
    bases = await compressed(roomy, 'svd', { ratio: 0.5 });
    adapter = (await run(bases.held, lora, roomy, { options: { steps: 20 } as TrainInput['options'] })).adapter!;
  });
  afterAll(() => {
    bases.whole.dispose();
    bases.held.dispose();
  });

  it('says in its file what a plan must know, without its tensors being read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rankforge-adapter-'));
    const file = join(folder, 'adapter.safetensors');
    await writeFile(file, bases.adapter);
    expect(await readAdapterInfo(file)).toEqual(readAdapter(bases.adapter).info);
    await rm(folder, { recursive: true });
  });

  it('leaves as a plain model with whole kernels', async () => {
    const leave = async (model: LoadedBase) => {
      const files = await exportAdapter({ model, method: lora, adapter, format: 'merged', baseName: 'nano' });
      return readSafetensors(files.get('model.safetensors')!, 'merged').tensors;
    };
    const [ofWhole, ofHeld] = [await leave(bases.whole), await leave(bases.held)];
    expect([...ofHeld.keys()]).toEqual([...ofWhole.keys()]);
    for (const [name, { shape, values }] of ofWhole) {
      expect(ofHeld.get(name)!.shape).toEqual(shape);
      expect(relativeError(ofHeld.get(name)!.values, values), name).toBeLessThan(1e-6);
    }
  });

  it('stands beside the factors in the model that it leaves, where that saves anything', async () => {
    const next = await mergedBase(bases.held, lora, adapter);
    const dense = await mergedBase(bases.whole, lora, adapter);
    for (const { path, shape } of linearLayers(next.config)) {
      expect(shape.factorRank, path).toBe(bases.held.config.factorRanks![path]! + 8);
      const [ours, theirs] = [next, dense].map((base) => base.host(`${path}.kernel`).values);
      expect(relativeError(ours!, theirs!), path).toBeLessThan(1e-6);
    }
    // 16 + 16 columns of a kernel [64, 64] save nothing.
    const wide = await run(bases.held, lora, roomy, { config: { rank: 16 } });
    const wider = await mergedBase(bases.held, lora, wide.adapter!);
    expect(Object.keys(wider.config.factorRanks!).every((path) => /fc_/.test(path))).toBe(true);
    const [again, on] = [await run(wider, lora, roomy), await run(bases.held, lora, roomy)];
    expect(again.losses[0]!).toBeLessThan(on.losses[0]!);
    for (const base of [next, dense, wider]) base.dispose();
  });

  it('goes on from a checkpoint to the same numbers, to the bit', async () => {
    const options = { steps: 6 } as TrainInput['options'];
    const whole = await run(bases.held, lora, roomy, { options });
    const first = await run(bases.held, lora, roomy, { options, until: 3 });
    const data = randomData({ model: roomy.model, sequence });
    // Batches are drawn one after another: those of before the checkpoint are over.
    for (let step = 0; step < 3; step++) data.train.batch([0, 1, 2, 3]);
    expect(first.losses).toEqual(whole.losses.slice(0, 3));
    const rest = await run(bases.held, lora, roomy, { options, resume: first.checkpoint!, data });
    expect(rest.losses).toEqual(whole.losses.slice(3));
  });

  it('is a chain that keeps factors as long as everything on them gets along without kernels', () => {
    const link = (name: string, config: object) => {
      const method = findMethod(name);
      return { method, config: method.config.parse(config), targets: linearTargets(roomy.model) };
    };
    const svd = link('svd', { ratio: 0.5 });
    const chained = (...names: string[]) => leftByChain(roomy.model, [svd, ...names.map((name) => link(name, {}))]);
    expect(chained()).toEqual({ model: bases.held.config, factors: [true] });
    expect(chained('bitfit')).toEqual({ model: bases.held.config, factors: [true, false] });
    expect(chained('lora').factors).toEqual([true, false]);
    expect(chained('svd')).toEqual({ model: bases.held.config, factors: [true, true] });
    for (const [name, left] of [
      ['pissa', roomy.model],
      ['full-ft', roomy.model],
      // An update of every entry.
      ['oft', roomy.model],
    ] as const) {
      expect(chained(name), name).toEqual({ model: left, factors: [false, false] });
    }
    expect(chained('pissa', 'svd')).toEqual({ model: bases.held.config, factors: [false, false, true] });
  });
});

describe('memory on kernels in factors', () => {
  const lora = findMethod('lora');
  it.each(smallModels.map((setting) => ({ setting, label: setting.model.architecture })))(
    'of $label is what is predicted, and less than on whole ones',
    async ({ setting }) => {
      const { held, whole } = await compressed(setting, 'svd', { ratio: 0.4 });
      for (const options of [{ steps: 2 }, { steps: 2, dropout: 0.1, accumulate: 2 }, { steps: 0 }]) {
        const given = { options: options as TrainInput['options'] };
        const [less, more] = [await run(held, lora, setting, given), await run(whole, lora, setting, given)];
        const prediction = predicted(held, lora, less, options);
        expect(Math.abs(prediction.total / less.peak.total - 1)).toBeLessThan(0.05);
        expect(prediction.weights).toBe(less.peak.weights);
        expect(more.peak.weights - less.peak.weights).toBe(bytesOf(whole.config) - bytesOf(held.config));
        expect(less.peak.total).toBeLessThan(more.peak.total);
      }
      whole.dispose();
      held.dispose();
    },
  );

  it.each([1, 8, 200])('is what is predicted at %i rows, where the layers themselves are the peak', async (rows) => {
    // Biases alone are trained: gradients and updates are small. No head over a vocabulary, and kernels of 64 × 1024.
    const bitfit = findMethod('bitfit');
    const encoder = smallModels.find(({ model }) => model.architecture === 'bert')!;
    const setting = { ...encoder, model: { ...encoder.model, mlpWidth: 1024, contextLength: 256 } as ModelConfig };
    const { held, whole } = await compressed(setting, 'svd', { ratio: 0.5 });
    const data = randomData({ ...setting, sequence: rows });
    const given = { data, options: { batchSize: 1 } as TrainInput['options'] };
    const result = await run(held, bitfit, setting, given);
    const prediction = predicted(held, bitfit, result, { batchSize: 1, sequence: rows });
    expect(Math.abs(prediction.total / result.peak.total - 1)).toBeLessThan(0.001);
    whole.dispose();
    held.dispose();
  });

  it('counts the base of a pack as it is held, and a compression as it is stored', async () => {
    const { held, whole } = await compressed(roomy, 'svd', { ratio: 0.5 });
    const targets = linearTargets(roomy.model);
    const sizes = { targets, batchSize, sequence, optimizer: findOptimizer('sgd').build({}) };
    const of = (model: ModelConfig) => ({ ...sizes, model, method: lora, config: lora.config.parse({}) });
    const saved = bytesOf(whole.config) - bytesOf(held.config);
    expect(predictPacked(of(whole.config)).resident).toBe(predictPacked(of(held.config)).resident);
    expect(predictPacked(of(whole.config)).peak - predictPacked(of(held.config)).peak).toBeGreaterThanOrEqual(saved);
    const svd = findMethod('svd');
    const stored = storedModel({ model: held.config, method: svd, config: svd.config.parse({ ratio: 0.25 }), targets });
    expect(stored.base.bytes).toBe(bytesOf(held.config));
    expect(stored.bytes).toBeLessThan(stored.base.bytes);
    whole.dispose();
    held.dispose();
  });
});

it('a base of random weights is not held in factors', async () => {
  const { held } = await compressed(roomy, 'svd', { ratio: 0.5 });
  await expect(run(held, findMethod('lora'), roomy, { initial: 'random' })).rejects.toThrow(
    'lora draws kernels of its own, and the base holds some as two factors: take it with whole kernels',
  );
  held.dispose();
});

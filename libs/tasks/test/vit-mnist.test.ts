/** @file The base of images: pre-trained on the digits 0 to 4, adapted to 5 to 9. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createRandom,
  findMethod,
  findOptimizer,
  initialValues,
  LoadedBase,
  loadBase,
  openEngine,
  type TaskData,
  train,
} from '@rankforge/peft';
import { beforeAll, describe, expect, it } from 'vitest';
import { findTask } from '../src/index.js';

const folder = fileURLToPath(new URL('../../../models/vit-mnist', import.meta.url));

interface Provenance {
  parameters: number;
  weights: { sha256: string; bytes: number };
  data: { task: string; dataHash: string; examples: Record<string, number> };
  accuracy: { test: number };
}

describe('models/vit-mnist', () => {
  let provenance: Provenance;
  let base: LoadedBase;
  beforeAll(async () => {
    provenance = JSON.parse(await readFile(join(folder, 'provenance.json'), 'utf8'));
    base = await loadBase(folder);
  });

  it('is the file its provenance names, of the present data, without a head', async () => {
    const weights = await readFile(join(folder, 'model.safetensors'));
    expect(createHash('sha256').update(weights).digest('hex')).toBe(provenance.weights.sha256);
    expect(weights.length).toBe(provenance.weights.bytes);
    expect(weights.length).toBeLessThan(300_000);
    const task = findTask(provenance.data.task)!;
    expect(task.dataHash).toBe(provenance.data.dataHash);
    expect(task.image).toEqual({ height: 28, width: 28, channels: 1 });
    expect(() => base.host('head.kernel')).toThrow();
    expect(provenance.accuracy.test).toBeGreaterThan(0.9);
  });

  it('is adapted to digits that it has never seen, better than a model that has seen none', async () => {
    const data: TaskData = await findTask('mnist-5-9')!.load({
      encode: () => [],
      frame: { before: [], after: [] },
      sequenceLength: 1,
    });
    const engine = await openEngine('wasm');
    const adamw = findOptimizer('adamw');
    const adapt = async (model: LoadedBase) => {
      const { validation } = await train({
        engine,
        model,
        method: findMethod('lora'),
        config: { rank: 4 },
        optimizer: adamw.build(adamw.config.parse({})),
        data,
        options: { clipNorm: null, steps: 120, batchSize: 32, learningRate: 1e-2, seed: 0 },
      });
      model.dispose();
      return validation!.accuracy!;
    };
    const values = initialValues(base.config, createRandom(0));
    const untrained = new LoadedBase({ config: base.config, values, tokenizer: null });
    const [adapted, fromNothing] = [await adapt(base), await adapt(untrained)];
    expect(adapted).toBeGreaterThan(0.8);
    expect(adapted).toBeGreaterThan(fromNothing + 0.1);
  });
});

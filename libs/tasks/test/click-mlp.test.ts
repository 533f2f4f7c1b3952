/** @file The base of click-through rates: near the truth that its data was drawn from. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Engine,
  evaluate,
  findMethod,
  findOptimizer,
  type LoadedBase,
  layerNames,
  loadBase,
  openEngine,
  type TaskData,
  train,
} from '@rankforge/peft';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTask } from '../src/index.js';

const folder = fileURLToPath(new URL('../../../models/click-mlp', import.meta.url));

interface Scores {
  auc: number;
  logLoss: number;
}
interface Provenance {
  weights: { sha256: string; bytes: number };
  data: { task: string; dataHash: string };
  scores: Record<'validation' | 'test', Scores>;
  scoresOfTheTruth: Record<'validation' | 'test', Scores>;
}

describe('models/click-mlp', () => {
  let provenance: Provenance;
  let engine: Engine;
  let base: LoadedBase;
  let data: TaskData;
  beforeAll(async () => {
    engine = await openEngine('wasm');
    provenance = JSON.parse(await readFile(join(folder, 'provenance.json'), 'utf8'));
    base = await loadBase(folder);
    data = await findTask('clicks')!.load({ encode: () => [], sequenceLength: 1 });
  });
  afterAll(() => base.dispose());

  it('is the file its provenance names, of the present data', async () => {
    const weights = await readFile(join(folder, 'model.safetensors'));
    expect(createHash('sha256').update(weights).digest('hex')).toBe(provenance.weights.sha256);
    expect(weights.length).toBe(provenance.weights.bytes);
    expect(weights.length).toBeLessThan(2 ** 20);
    const task = findTask(provenance.data.task)!;
    expect(task.dataHash).toBe(provenance.data.dataHash);
    expect(base.config).toMatchObject({ architecture: 'embedding-mlp', cardinalities: task.fields });
  });

  it.each(['validation', 'test'] as const)(
    'scores on %s what its provenance says, close to the truth',
    async (split) => {
      const { metrics } = await evaluate({ model: base, method: findMethod('full-ft'), data, split, batchSize: 500 });
      const { scores, scoresOfTheTruth: truth } = provenance;
      expect(metrics.auc).toBeCloseTo(scores[split].auc, 4);
      expect(metrics.logLoss).toBeCloseTo(scores[split].logLoss, 4);
      expect(metrics.auc).toBeGreaterThan(truth[split].auc - 0.03);
      expect(metrics.auc).toBeLessThan(truth[split].auc);
      expect(metrics.logLoss).toBeGreaterThan(truth[split].logLoss);
    },
  );

  it('keeps more of its AUC where outputs decide what is left of tables and layers, and nearly all of it', async () => {
    const sgd = findOptimizer('sgd');
    const compressed = async (name: string) => {
      const { validation } = await train({
        engine,
        model: base,
        method: findMethod(name),
        config: { ratio: 0.25 },
        optimizer: sgd.build(sgd.config.parse({})),
        data,
        options: {
          clipNorm: null,
          steps: 0,
          batchSize: 256,
          learningRate: 1,
          targets: layerNames(base.config),
          seed: 0,
        },
      });
      return validation!.auc!;
    };
    const whole = provenance.scores.validation.auc;
    const [plain, byOutputs] = [await compressed('svd'), await compressed('afm')];
    expect(byOutputs).toBeGreaterThan(plain + 0.003);
    expect(byOutputs).toBeGreaterThan(whole - 0.02);
    expect(plain).toBeLessThan(whole - 0.01);
  });
});

/** @file Predicted against measured peaks, and facts that a prediction must show whatever the numbers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { dominatingPart } from '../src/memory/parts.js';
import { countTrainable, predictMemory } from '../src/memory/predict.js';
import type { Method } from '../src/method.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { architectures, layerNames, type ModelConfig } from '../src/models/config.js';
import { type PresetName, presetConfig } from '../src/models/presets.js';
import { findMethod, findOptimizer, methods, optimizerNames } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { readAdapter } from '../src/training/adapter.js';
import { type PlanOptions, untrainable } from '../src/training/plan.js';
import { train } from '../src/training/trainer.js';
import { randomData, smallModels } from './support/small-models.js';

interface Setting {
  model: ModelConfig;
  batchSize: number;
  sequence: number;
  targets: string[];
  classes?: number;
  accumulate?: number;
  dropout?: number;
  optimizer?: string;
  /** Of the layers, where a method allocated them. */
  ranks?: Readonly<Record<string, number>>;
  /** Of the method; omitted: its defaults. */
  config?: Record<string, unknown>;
}
/** A preset with room for what a method puts before the tokens. */
const roomy = (name: PresetName) => {
  const preset = presetConfig(name, 512);
  return { ...preset, contextLength: preset.contextLength + 8 };
};
const nano: Setting = { model: roomy('nano'), batchSize: 4, sequence: 64, targets: ['query', 'value'] };
const settings: [string, Setting][] = [
  ['a small model', nano],
  ['classification', { ...nano, classes: 3, sequence: 40 }],
  ['accumulated batches', { ...nano, batchSize: 2, sequence: 32, accumulate: 2 }],
  ['dropout', { ...nano, dropout: 0.1 }],
  [
    'a larger model whose scores and logits weigh more',
    { ...nano, model: roomy('micro'), batchSize: 1, sequence: 128 },
  ],
  ...smallModels.map(({ model, ...task }): [string, Setting] => [
    `adapters everywhere in ${model.architecture}`,
    { ...nano, ...task, model, targets: layerNames(model), sequence: 48 },
  ]),
];

const optimizerOf = (name = 'adamw') => findOptimizer(name).build(findOptimizer(name).config.parse({}));

function planOf(method: Method, { model, targets, classes, ranks, sequence }: Setting): PlanOptions {
  return {
    model,
    method,
    sequence,
    config: method.config.parse({}),
    targets,
    ...(classes ? { classes } : {}),
    ...(ranks ? { ranks } : {}),
  };
}

function predicted(method: Method, setting: Setting, bytesPerElement = 4) {
  const { optimizer, config = {}, ...rest } = setting;
  return predictMemory({
    ...rest,
    method,
    config: method.config.parse(config),
    optimizer: optimizerOf(optimizer),
    bytesPerElement,
  });
}

describe('predicted peak', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });

  const measured = async (method: Method, setting: Setting) => {
    const { model: config, targets, batchSize, accumulate = 1, dropout = 0, optimizer } = setting;
    const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
    const data = randomData(setting);
    const options = { steps: 2, batchSize, accumulate, dropout, targets, learningRate: 1e-3, clipNorm: 1 };
    const own = setting.config ?? {};
    const result = await train({
      engine,
      model,
      method,
      config: own,
      optimizer: optimizerOf(optimizer),
      data,
      options,
    });
    model.dispose();
    return result;
  };

  const cases = settings.flatMap(([name, setting]) =>
    methods
      .filter((method) => untrainable(planOf(method, setting)) === undefined)
      .map((method) => ({ name, setting, method, label: method.name })),
  );
  it.each(cases)('of $label, $name, is within 10 % of the measured one', async ({ setting, method }) => {
    const { peak, trainableParameters, adapter } = await measured(method, setting);
    const { ranks } = readAdapter(adapter!);
    const allocated = { ...setting, ...(ranks ? { ranks } : {}) };
    const prediction = predicted(method, allocated);
    expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.1);
    // What does not depend on the moment of the peak is exact.
    expect(prediction.weights).toBe(peak.weights);
    expect(prediction.adapters).toBe(peak.adapters);
    expect(prediction.optimizer).toBe(peak.optimizer);
    const { total, ...parts } = peak;
    expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
    expect(countTrainable(planOf(method, allocated))).toBe(trainableParameters);
  });

  it.each([
    { name: 'prefix-tuning', config: { hidden: 128 } },
    { name: 'prefix-tuning', config: { virtualTokens: 2, hidden: 16 } },
    { name: 'prompt-tuning', config: { virtualTokens: 1 } },
    { name: 'eva', config: { rho: 1 } },
  ])('of $name with $config is within 10 % of the measured one', async ({ name, config }) => {
    const setting = { ...nano, sequence: 32, config };
    const method = findMethod(name);
    const { peak } = await measured(method, setting);
    const prediction = predicted(method, setting);
    expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.1);
    expect(prediction.adapters).toBe(peak.adapters);
    expect(prediction.optimizer).toBe(peak.optimizer);
  });

  it.each(optimizerNames)(
    'of full fine-tuning by %s, with one row, is within 10 % of the measured one',
    async (optimizer) => {
      // With hardly an activation the update is the peak.
      const setting = { ...nano, batchSize: 1, sequence: 1, optimizer };
      const method = findMethod('full-ft');
      const { peak } = await measured(method, setting);
      expect(Math.abs(predicted(method, setting).total / peak.total - 1)).toBeLessThan(0.1);
    },
  );
});

it('is compared for every architecture', () => {
  expect(smallModels.map(({ model }) => model.architecture)).toEqual(architectures.map(({ name }) => name));
});

describe('a prediction', () => {
  it('halves with two bytes per element', () => {
    const setting = { ...nano, classes: 3 };
    for (const method of methods) {
      expect(2 * predicted(method, setting, 2).total).toBe(predicted(method, setting).total);
    }
  });

  it('has AdamW state of two floats per trained one and full fine-tuning above LoRA', () => {
    const full = predicted(findMethod('full-ft'), nano);
    const lora = predicted(findMethod('lora'), nano);
    // Vocabulary and positions; per block four square kernels, two of 64 × 256, biases, four norm vectors; the last norm.
    const perBlock = 4 * (64 * 64 + 64) + 64 * 256 + 256 + 256 * 64 + 64 + 4 * 64;
    const weights = (512 + 72) * 64 + 2 * perBlock + 2 * 64;
    expect(full.weights).toBe(4 * weights);
    expect(full.optimizer).toBe(2 * full.weights);
    // Rank 8 on two square layers of two blocks.
    expect(lora.adapters).toBe(4 * 2 * 2 * 8 * (64 + 64));
    expect(lora.optimizer).toBe(2 * lora.adapters);
    expect(full.total).toBeGreaterThan(lora.total);
    expect(dominatingPart(lora)).toBe('activations');
  });

  it('refuses a method that trains nothing, where the task brings no head', () => {
    const nothing = methods.filter((method) => untrainable(planOf(method, nano)) !== undefined);
    expect(nothing.map(({ name }) => name)).toEqual(['linear-probe']);
    expect(() => predicted(nothing[0]!, nano)).toThrow(
      'linear-probe trains nothing on language modelling: choose a classification task or another method',
    );
    // Width 64 and three classes, with their biases.
    expect(countTrainable(planOf(nothing[0]!, { ...nano, classes: 3 }))).toBe(64 * 3 + 3);
  });

  it('refuses a method that needs positions before the tokens, where the model has none left', () => {
    const model = presetConfig('nano', 512);
    const ahead = methods.filter(({ sequence }) => sequence);
    expect(ahead.length).toBeGreaterThan(0);
    for (const method of ahead) {
      expect(untrainable(planOf(method, { ...nano, model, sequence: 56 }))).toBeUndefined();
      expect(() => predicted(method, { ...nano, model, sequence: 57 })).toThrow(
        `${method.name} takes up 8 positions before the 57 of an example, and the model has 64: make one of them shorter`,
      );
    }
  });

  it('refuses a target that no layer has, and names it', () => {
    expect(() => predicted(findMethod('lora'), { ...nano, targets: ['quarry'] })).toThrow(/quarry.*query, key/);
  });
});

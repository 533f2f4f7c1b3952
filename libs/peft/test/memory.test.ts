/** @file Predicted against measured peaks, and facts that a prediction must show whatever the numbers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { addedEngines, engineOptions } from '../../../test/support/engines.js';
import { casesOf } from '../../../test/support/full.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { dominatingPart } from '../src/engine/memory-parts.js';
import type { BackendName } from '../src/engine/traits.js';
import { frozenPlan } from '../src/memory/passes.js';
import { countTrainable } from '../src/memory/predict.js';
import { traceStep } from '../src/memory/trace.js';
import type { Method } from '../src/method.js';
import { architectures, layerNames, type ModelConfig, modelInput } from '../src/models/config.js';
import { presetConfig } from '../src/models/presets.js';
import { findMethod, methods, optimizerNames, optimizers } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { planTraining, refusal } from '../src/training/refusals/refusal.js';
import { byTurns, capabilitiesOf, oneOfEach, slotsOf } from './support/capabilities.js';
import { companionsOf } from './support/companions.js';
import {
  asManyRows,
  measured as measuredOn,
  nano,
  optimizerOf,
  planOf,
  predicted as predictedFor,
  type Setting,
  settings,
} from './support/peaks.js';
import { everyTarget, smallModels } from './support/small-models.js';
import { readVector } from './support/vectors.js';

/** Settings in which a base that writes examples for its training is measured. */
const writing: readonly string[] = ['a small model', 'classification', 'adapters everywhere in gpt2'];

const engines: readonly BackendName[] = ['wasm', ...addedEngines];

describe.each(engines)('on %s', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name, engineOptions);
  });

  const measured = (method: Method, setting: Setting, start?: Uint8Array) => measuredOn(engine, method, setting, start);
  const predicted = (method: Method, setting: Setting) => predictedFor(method, { ...setting, engine: name });
  const chosenOf = <Case>(
    what: string,
    all: readonly Case[],
    named: { item: Method; setting: string; one: Case }[],
  ) => {
    const turns = byTurns(named, slotsOf);
    // On an engine that was added, the methods that fill each slot: what a step holds is told apart by slots.
    const chosen = name === 'wasm' ? turns : oneOfEach(turns, ({ item }) => capabilitiesOf(item));
    return casesOf(
      `${what} on ${name}`,
      all,
      chosen.map(({ one }) => one),
    );
  };

  describe('predicted peak', () => {
    const everyLayer = (method: Method, setting: Setting): Setting => ({
      ...setting,
      targets: everyTarget(setting.model, method),
    });
    const withEvery = (settings: readonly [string, Setting][]) =>
      settings.flatMap(([name, { everywhere, ...setting }]) =>
        methods
          .map((method) => ({
            name,
            setting: everywhere ? everyLayer(method, setting) : setting,
            method,
            label: method.name,
          }))
          .filter(({ setting, method }) => refusal(planOf(method, setting)) === undefined),
      );
    /** Each method in one of the settings. */
    const chosen = (what: string, settings: readonly [string, Setting][]) => {
      const cases = withEvery(settings);
      // A base that writes examples takes ten times as long as all else, and writes alike in most settings.
      const quick = cases.filter(({ method, name }) => !method.synthesis || writing.includes(name));
      const named = quick.map((one) => ({ item: one.method, setting: one.name, one }));
      return chosenOf(what, cases, named);
    };
    const cases = chosen('peaks of methods by settings', settings);
    it.each(cases)(
      'of $label, $name, is within 5 % of the measured one',
      async ({ setting, method }) => {
        const { peak, trainableParameters, adapter } = await measured(method, setting);
        const { ranks } = readAdapter(adapter!);
        const allocated = { ...setting, ...(ranks ? { ranks } : {}) };
        const prediction = predicted(method, allocated);
        expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.05);
        // What does not depend on the moment of the peak is exact.
        expect(prediction.weights).toBe(peak.weights);
        expect(prediction.adapters).toBe(peak.adapters);
        expect(prediction.optimizer).toBe(peak.optimizer);
        const { total, ...parts } = peak;
        expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
        expect(countTrainable(planOf(method, allocated))).toBe(trainableParameters);
        // Trans-LoRA writes its examples first.
      },
      240_000,
    );

    const ofFields = smallModels.find(({ model }) => modelInput(model).kind === 'fields')!.model;
    const tablesToo: Partial<Setting> = { model: ofFields, everywhere: true, ...asManyRows(ofFields, 4 * 48) };
    const few = { ...nano, steps: 0 };
    const everywhere = { ...few, targets: layerNames(nano.model) };
    const withoutSteps: [string, Setting][] = [
      ['a small model', few],
      ['all of its layers', everywhere],
      ['classification', { ...few, classes: 3, sequence: 40 }],
      ['all layers for classification', { ...everywhere, classes: 3, sequence: 40 }],
      ['tables and layers', { ...few, model: ofFields, everywhere: true, ...asManyRows(ofFields, 4 * 48) }],
    ];
    it.each(chosen('peaks without a step, of methods by settings', withoutSteps))(
      'of $label, $name, without a step is within 5 % of the measured one',
      async ({ setting, method }) => {
        const { peak, adapter } = await measured(method, setting);
        const { ranks } = readAdapter(adapter!);
        const allocated = { ...setting, ...(ranks ? { ranks } : {}) };
        const prediction = predicted(method, allocated);
        expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.05);
        expect(prediction.weights).toBe(peak.weights);
        expect(prediction.adapters).toBe(peak.adapters);
        expect(prediction.optimizer).toBe(peak.optimizer);
        // Examples are written by the base, and what judges them is trained.
        if (method.synthesis) return;
        expect(peak.optimizer).toBe(0);
        // The adapter of a pruned base is one of the whole base.
        if (method.pruning) return;
        const again = await measured(method, setting, adapter);
        const from = predicted(method, { ...allocated, starts: true });
        expect(Math.abs(from.total / again.peak.total - 1)).toBeLessThan(0.05);
        // Nothing is calibrated.
        expect(from.total).toBeLessThanOrEqual(prediction.total);
      },
      240_000,
    );

    const particular: { name: string; config: Record<string, unknown>; of?: Partial<Setting> }[] = [
      { name: 'prefix-tuning', config: { hidden: 128 } },
      { name: 'prefix-tuning', config: { virtualTokens: 2, hidden: 16 } },
      { name: 'prompt-tuning', config: { virtualTokens: 1 } },
      { name: 'eva', config: { rho: 1 } },
      { name: 'svd-llm', config: { inputs: 'compressed' }, of: tablesToo },
      { name: 'afm', config: { between: 'relu' }, of: tablesToo },
      { name: 'pela', config: { distillation: 0 } },
    ];
    it.each(particular)('is within 5 % of the measured one for $name with $config', async ({ name, config, of }) => {
      const method = findMethod(name);
      const { everywhere, ...given }: Setting = { ...nano, sequence: 32, config, ...of };
      const setting = everywhere ? everyLayer(method, given) : given;
      const { peak } = await measured(method, setting);
      const prediction = predicted(method, setting);
      expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.05);
      expect(prediction.adapters).toBe(peak.adapters);
      expect(prediction.optimizer).toBe(peak.optimizer);
    });

    // Full fine-tuning, where there is something in it for the optimizer.
    const ofMost = optimizerNames.map((optimizer) => {
      const { model, targets } = nano;
      const suits = (name: string) =>
        refusal({
          model,
          targets,
          method: findMethod(name),
          config: {},
          optimizer: optimizerOf({ ...nano, optimizer }),
        }) === undefined;
      return { optimizer, name: suits('full-ft') ? 'full-ft' : 'lora' };
    });
    it.each(ofMost)(
      'of $name by $optimizer, with one row, is within 5 % of the measured one',
      async ({ optimizer, name }) => {
        // With hardly an activation the update is the peak.
        // Gaps are short: resets, refreshes and turns come within the steps; the costliest of turns that are drawn may not.
        const settled = readVector('optimizers', optimizer).cases.filter(({ config }) => config.choice !== 'kernels');
        const optimizerConfig = settled.at(-1)!.config;
        const setting = { ...nano, batchSize: 1, sequence: 1, optimizer, optimizerConfig, steps: 5 };
        const method = findMethod(name);
        const { peak } = await measured(method, setting);
        const prediction = predicted(method, setting);
        expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.05);
        expect(prediction.optimizer).toBe(peak.optimizer);
      },
    );
  });

  describe('predicted peak of blocks by turns', () => {
    // Every block has its turn: the peak is that of the costliest.
    const deep = { ...nano, model: { ...nano.model, layers: 3 }, steps: 9, optimizerConfig: { gap: 1 } };
    const inTurns = optimizers.filter(({ build, config }) => {
      const { active, trains } = build(config.parse({}));
      return active && !trains;
    });
    const trials = inTurns.flatMap(({ name: optimizer }) =>
      ['full-ft', 'lora', 'dora', 'vera'].flatMap((name) => [
        { name, setting: { ...deep, optimizer } },
        { name, setting: { ...deep, optimizer, classes: 3, sequence: 40, accumulate: 2, batchSize: 2 } },
      ]),
    );

    it.each(trials)('is within 10 % of the measured one for $name by $setting.optimizer', async ({ name, setting }) => {
      const method = findMethod(name);
      const { peak } = await measured(method, setting);
      const prediction = predicted(method, setting);
      expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.1);
      expect(prediction.optimizer).toBe(peak.optimizer);
    });

    it('counts less than all blocks take: gradients, state and what is kept for them', () => {
      const full = findMethod('full-ft');
      const all = predicted(full, { ...nano, model: deep.model });
      for (const { name: optimizer } of inTurns) {
        const few = predicted(full, { ...deep, optimizer });
        expect(few.weights).toBe(all.weights);
        expect(few.optimizer).toBeLessThan(0.5 * all.optimizer);
        expect(few.total).toBeLessThan(all.total);
      }
    });
  });

  describe('predicted peak where some tensors are never trained', () => {
    const partial = optimizers.filter(({ build, config }) => build(config.parse({})).trains);
    const fits = (optimizer: string) => (method: Method) =>
      refusal({ ...planOf(method, nano), optimizer: optimizerOf({ ...nano, optimizer }) }) === undefined;
    const all = partial.flatMap(({ name: optimizer }) =>
      methods.filter(fits(optimizer)).flatMap(({ name }) => [
        { name, setting: { ...nano, optimizer } },
        { name, setting: { ...nano, optimizer, dropout: 0.1 } },
        { name, setting: { ...nano, optimizer, batchSize: 1, sequence: 1 } },
      ]),
    );
    const named = all.map((one) => {
      const { optimizer, dropout, sequence } = one.setting as Setting;
      return { item: findMethod(one.name), setting: `${optimizer} ${dropout} ${sequence}`, one };
    });
    const trials = chosenOf('peaks of partly trained methods by settings', all, named);

    it.each(trials)('is within 3 % of the measured one for $name by $setting.optimizer', async ({ name, setting }) => {
      const method = findMethod(name);
      const { peak, trainableParameters } = await measured(method, setting);
      const prediction = predicted(method, setting);
      expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.03);
      expect([prediction.adapters, prediction.optimizer]).toEqual([peak.adapters, peak.optimizer]);
      const plan = planOf(method, setting);
      expect(countTrainable({ ...plan, optimizer: optimizerOf(setting) })).toBe(trainableParameters);
      expect(trainableParameters).toBeLessThan(countTrainable(plan));
    });
  });

  describe('predicted peak of estimates in place of gradients', () => {
    const estimating = optimizers.filter(({ build, config }) => build(config.parse({})).estimator);
    const tasks = [nano, { ...nano, classes: 3, sequence: 40, accumulate: 2, batchSize: 2 }];
    const trials = estimating.flatMap(({ name: optimizer }) =>
      ['full-ft', 'lora', 'dora', 'ia3', 'pela'].flatMap((name) =>
        tasks.map((task) => ({ name, setting: { ...task, optimizer } })),
      ),
    );

    it.each(trials)('is within 10 % of the measured one for $name by $setting.optimizer', async ({ name, setting }) => {
      const method = findMethod(name);
      const { peak } = await measured(method, setting);
      const prediction = predicted(method, setting);
      expect(Math.abs(prediction.total / peak.total - 1)).toBeLessThan(0.1);
      expect(prediction.optimizer).toBe(peak.optimizer);
    });
  });

  describe('predicted peak of Qwen3, whose heads are normalized', () => {
    const { model } = smallModels.find(({ model }) => model.architecture === 'llama')!;
    const setting: Setting = { ...nano, model: { ...model, headNorms: true } as ModelConfig, sequence: 48 };
    it.each(['full-ft', 'lora', 'ia3'].map((label) => ({ label })))(
      'of $label is within 5 % of the measured one',
      async ({ label }) => {
        const method = findMethod(label);
        const every = { ...setting, targets: everyTarget(setting.model, method) };
        const { peak } = await measured(method, every);
        expect(Math.abs(predicted(method, every).total / peak.total - 1)).toBeLessThan(0.05);
      },
    );
  });
});

it('is compared for every architecture', () => {
  expect(smallModels.map(({ model }) => model.architecture)).toEqual(architectures.map(({ name }) => name));
});

describe('a prediction', () => {
  it('halves with two bytes per element, but for indices', () => {
    const setting = { ...nano, classes: 3 };
    for (const method of methods) {
      const { optimizer: _, ...trial } = setting;
      const config = method.config.parse({});
      const { plan } = companionsOf(method, { ...setting, config });
      const { adapters } = planTraining({ ...trial, ...plan, method, config });
      const indices = adapters
        .filter(({ index }) => index)
        .reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0);
      expect(2 * predictedFor(method, setting, 2).total).toBe(predictedFor(method, setting).total + 4 * indices);
    }
  });

  it('keeps nothing of a pass that no gradient follows', () => {
    for (const method of methods) {
      const planned = planOf(method, { ...nano, classes: 3 });
      const plan = frozenPlan(planTraining(planned));
      const costs = traceStep({ ...planned, batchSize: 4, sequence: 40, dropout: 0, plan, result: 'scores' });
      const keeping = costs.filter(({ kept }) => kept > 0).map(({ name }) => name);
      expect(keeping, method.name).toEqual([]);
    }
  });

  it('has 8-bit state of two bytes per trained number and a scale per block, whatever the width of floats', () => {
    const full = findMethod('full-ft');
    const plan = planTraining({ ...planOf(full, nano) });
    const inFloats = (role: string, size: number) => size < 4096 || role.includes('embedding');
    const sizes = plan.info.map(({ role, shape }) => ({ role, size: shape.reduce((a, b) => a * b, 1) }));
    const bytesWith = (perFloat: number) =>
      sizes.reduce((sum, { role, size }) => {
        return sum + (inFloats(role, size) ? 2 * perFloat * size : 2 * size + 2 * 4 * Math.ceil(size / 2048));
      }, 0);
    for (const perFloat of [4, 2] as const) {
      expect(predictedFor(full, { ...nano, optimizer: 'adam-8bit' }, perFloat).optimizer).toBe(bytesWith(perFloat));
    }
    const blocks = sizes.filter(({ role, size }) => !inFloats(role, size));
    expect(blocks.length).toBeGreaterThan(0);
  });

  it('has no turned copy of the vocabulary where the engine of the trial reads transposed operands', () => {
    const full = findMethod('full-ft');
    const copied = predictedFor(full, { ...nano, engine: 'wasm' });
    const read = predictedFor(full, { ...nano, engine: 'tensorflow' });
    // Where copies are made, probabilities, the same turned, and the table's gradient [512, 64] are the most.
    expect(copied.total - read.total).toBeGreaterThanOrEqual(4 * 512 * 64);
    expect(predictedFor(full, nano)).toEqual(copied);
  });

  it('has AdamW state of two floats per trained one and full fine-tuning above LoRA', () => {
    const full = predictedFor(findMethod('full-ft'), nano);
    const lora = predictedFor(findMethod('lora'), nano);
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
    const nothing = methods.filter((method) => refusal(planOf(method, nano)) !== undefined);
    expect(nothing.map(({ name }) => name)).toEqual(['linear-probe']);
    expect(() => predictedFor(nothing[0]!, nano)).toThrow(
      'linear-probe trains nothing on language modelling: choose a classification task or another method',
    );
    // Width 64 and three classes, with their biases.
    expect(countTrainable(planOf(nothing[0]!, { ...nano, classes: 3 }))).toBe(64 * 3 + 3);
  });

  it('refuses a method that needs positions before the tokens, where the model has none left', () => {
    const model = presetConfig('nano', 512);
    const ahead = methods.filter(({ config, sequence }) => sequence && sequence.length(config.parse({})) > 0);
    expect(ahead.length).toBeGreaterThan(0);
    for (const method of ahead) {
      expect(refusal(planOf(method, { ...nano, model, sequence: 56 }))).toBeUndefined();
      expect(() => predictedFor(method, { ...nano, model, sequence: 57 })).toThrow(
        `${method.name} takes up 8 positions before the 57 of an example, and the model has 64: make one of them shorter`,
      );
    }
  });

  it('refuses a target that no layer has, and names it', () => {
    expect(() => predictedFor(findMethod('lora'), { ...nano, targets: ['quarry'] })).toThrow(/quarry.*query, key/);
  });
});

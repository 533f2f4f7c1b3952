/** @file Penalties on what blocks put out: against the reference, and what they leave alone. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictMemory } from '../src/memory/predict.js';
import type { Method } from '../src/method.js';
import { LoadedBase } from '../src/models/base.js';
import { baseParameters } from '../src/models/config.js';
import type { Batch } from '../src/objectives/data.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { accumulatedGradients } from '../src/training/accumulate.js';
import { readAdapter } from '../src/training/adapter.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { disposeState, initialState, trainStep } from '../src/training/step.js';
import { train } from '../src/training/trainer.js';
import { expectClose, relativeError } from './support/close.js';
import { adamw, featuresOf, pela, stepOf } from './support/features.js';
import { baseOf, batchOf, hostTensors } from './support/model-case.js';
import { openedEngine } from './support/opened-engine.js';
import { targets, tinyBase, tinyConfig, tinyData } from './support/tiny-model.js';
import { readVector } from './support/vectors.js';

const penalizing = methods.filter(({ featurePenalty }) => featurePenalty);
const cases = penalizing.flatMap((method) =>
  (readVector('methods', method.name).featurePenalties ?? []).map((testCase, index) => ({
    method,
    testCase,
    label: `${method.name} #${index}`,
  })),
);

it('has a reference for every method with a penalty on features, and none of these trains the base below its head', () => {
  expect(penalizing.length).toBeGreaterThan(0);
  for (const method of penalizing) {
    expect(
      cases.some((candidate) => candidate.method === method),
      method.name,
    ).toBe(true);
    expect(method.trainsBase, method.name).toBeUndefined();
  }
});

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  const on = openedEngine(backend);

  describe.each(cases)('$label', ({ method, testCase }) => {
    let base: LoadedBase;
    let step: ReturnType<typeof stepOf>;
    beforeEach(() => {
      base = baseOf(testCase);
      const { config, targets: of, tensors } = testCase;
      step = stepOf({ base, method, config, of, batches: [batchOf(testCase)] });
      step.trial.load(hostTensors(tensors, new Map([...step.trial.trained(), ...step.trial.frozen()])));
    });
    afterEach(() => {
      step.trial.dispose();
      base.dispose();
    });

    it('gives the penalty of the reference by itself, and its gradients', () => {
      const { value, gradients } = featuresOf(step.input);
      expectClose([value], [testCase.features.value], on.engine.tolerance, 'penalty');
      for (const [path, expected] of Object.entries(testCase.features.gradients)) {
        expectClose(gradients.get(path)!, expected, on.engine.tolerance, path);
      }
    });

    it('gives the loss and the gradients of the reference with all its penalties', async () => {
      const { loss, gradients } = await accumulatedGradients(step.input);
      expectClose([loss], [testCase.loss], on.engine.tolerance, 'loss');
      expect([...gradients.keys()].sort()).toEqual(Object.keys(testCase.gradients).sort());
      for (const [path, gradient] of gradients) {
        expectClose(gradient.dataSync() as Float32Array, testCase.gradients[path]!, on.engine.tolerance, path);
      }
      disposeGradients(gradients);
    });

    it('is where the reference is after its optimizer steps', async () => {
      const { optimizer, tensors } = testCase.afterSteps;
      const part = findOptimizer(optimizer.name).build(optimizer.config as never);
      const given = { ...step.input, optimizer: part, learningRate: optimizer.learningRate };
      let state = initialState(given);
      for (let count = 1; count <= optimizer.steps; count++) {
        ({ state } = await trainStep({ ...given, step: count, totalSteps: optimizer.steps, state }));
      }
      for (const [path, expected] of Object.entries(tensors)) {
        if (!step.trial.trained().has(path)) continue;
        expectClose(step.trial.trained().get(path)!.dataSync() as Float32Array, expected, on.engine.tolerance, path);
        expect(relativeError(expected, testCase.tensors[path]!), `${path} was trained`).toBeGreaterThan(0.01);
      }
      disposeState(state);
    });
  });
});

describe('on a tiny model', () => {
  let engine: Engine;
  let base: LoadedBase;
  beforeAll(async () => {
    engine = await openEngine('wasm');
    base = tinyBase();
  });
  afterAll(() => base.dispose());

  const run = async (
    method: Method,
    config: object,
    { optimizer = adamw, ...options }: Record<string, unknown> = {},
  ) => {
    const losses: number[] = [];
    const { adapter, peak } = await train({
      engine,
      model: base,
      method,
      config,
      optimizer: optimizer as typeof adamw,
      data: tinyData,
      options: { clipNorm: null, steps: 4, batchSize: 4, learningRate: 1e-2, targets, seed: 2, ...options },
      onEvent: (event) => void (event.type === 'step' && losses.push(event.loss)),
    });
    return { losses, tensors: readAdapter(adapter!).tensors, peak };
  };

  it('trains to the bit as without it, in the same memory, at weight 0', async () => {
    const { featurePenalty: _, ...without } = pela;
    for (const options of [{}, { accumulate: 2, batchSize: 2 }]) {
      const [none, off, on] = [
        await run(without, { distillation: 0 }, options),
        await run(pela, { distillation: 0 }, options),
        await run(pela, {}, options),
      ];
      expect(off.losses).toEqual(none.losses);
      expect(Object.fromEntries(off.tensors)).toEqual(Object.fromEntries(none.tensors));
      expect(off.peak).toEqual(none.peak);
      expect(on.losses[0]).toBeGreaterThan(off.losses[0]!);
    }
    const given = { model: tinyConfig, targets, optimizer: adamw, batchSize: 4, sequence: 8 };
    const bytes = (method: Method, distillation: number) =>
      predictMemory({ ...given, method, config: pela.config.parse({ distillation }) });
    expect(bytes(pela, 0)).toEqual(bytes(without, 1));
    // At the peak, where the backward pass begins, 4 · 8 rows of width 16 for each of two blocks.
    expect(bytes(pela, 1).total - bytes(pela, 0).total).toBe(4 * 2 * 32 * 16);
  });

  it('leaves the original kernels as they were, to the bit, and draws the model to it', async () => {
    const kernels = new Map(
      baseParameters(tinyConfig).map(({ path }) => [path, Float32Array.from(base.host(path).values)]),
    );
    const drawn = await Promise.all(
      [0, 10].map(async (distillation) => (await run(pela, { distillation, penalty: 1e-3 }, { steps: 30 })).tensors),
    );
    for (const [path, { values }] of drawn[1]!) {
      if (path.endsWith('.pela_kernel')) expect(values).toEqual(kernels.get(path.replace('pela_', '')));
    }
    for (const [path, values] of kernels) expect(base.host(path).values).toEqual(values);
    const distances = drawn.map((tensors) => {
      const { trial, input } = stepOf({ base, batches: [tinyData.validation.batch([0, 1, 2, 3])] });
      trial.load(tensors);
      const { value } = featuresOf(input);
      trial.dispose();
      return value;
    });
    expect(distances[1]!).toBeLessThan(0.7 * distances[0]!);
  });

  it('is 0 up to rounding, with no gradient, where two factors are the whole kernel', () => {
    // Kernels of rank 4, which is what the layers keep.
    const random = createRandom(8);
    const values = new Map(
      baseParameters(tinyConfig).map(({ path, shape, kind }) => {
        const { values } = base.host(path);
        if (kind !== 'kernel') return [path, { shape, values }];
        const [rows, columns] = shape as [number, number];
        const [a, b] = [rows, columns].map((side) => Float64Array.from({ length: 4 * side }, () => random.normal()));
        const product = (row: number, column: number) =>
          [0, 1, 2, 3].reduce((sum, k) => sum + a![4 * row + k]! * b![4 * column + k]!, 0) / 4;
        const entries = Float32Array.from({ length: rows * columns }, (_, at) =>
          product(Math.floor(at / columns), at % columns),
        );
        return [path, { shape, values: entries }];
      }),
    );
    const low = new LoadedBase({ config: tinyConfig, values, tokenizer: null });
    const batches = [tinyData.train.batch([0, 1, 2])];
    const of = (rank: number) => {
      const { trial, input } = stepOf({ base: low, config: { rank }, batches });
      const features = featuresOf(input);
      trial.dispose();
      return features;
    };
    const [whole, cut] = [of(4), of(3)];
    expect(cut.value).toBeGreaterThan(1e-2);
    expect(whole.value).toBeLessThan(1e-9 * cut.value);
    const largest = ({ gradients }: ReturnType<typeof of>) =>
      Math.max(...[...gradients.values()].flatMap((gradient) => [...gradient].map(Math.abs)));
    expect(largest(whole)).toBeLessThan(1e-4 * largest(cut));
    low.dispose();
  });

  /** Examples of three lengths, with a token as padding. */
  const lengths = Int32Array.of(8, 3, 5);
  const padded = (padding: number): Batch => {
    const batch = tinyData.train.batch([0, 1, 2]);
    const real = (at: number) => at % 8 < lengths[Math.floor(at / 8)]!;
    return {
      ...batch,
      lengths,
      inputs: batch.inputs.map((id, at) => (real(at) ? id : padding)),
      targets: batch.targets.map((id, at) => (real(at) ? id : -1)),
    };
  };

  it('does not look at padding', () => {
    const [one, other] = [0, 9].map((padding) => {
      const { trial, input } = stepOf({ base, batches: [padded(padding)] });
      const features = featuresOf(input);
      trial.dispose();
      return features;
    });
    expect(other!.value).toBe(one!.value);
    expect(Object.fromEntries(other!.gradients)).toEqual(Object.fromEntries(one!.gradients));
    const { trial, input } = stepOf({ base, batches: [{ ...padded(0), lengths: Int32Array.of(8, 8, 8) }] });
    expect(featuresOf(input).value).not.toBeCloseTo(one!.value, 5);
    trial.dispose();
  });

  it('gives accumulated batches the penalty of all their tokens at once', async () => {
    const all = padded(0);
    const example = (index: number): Batch => ({
      ...all,
      size: 1,
      inputs: all.inputs.slice(8 * index, 8 * index + 8),
      targets: all.targets.slice(8 * index, 8 * index + 8),
      lengths: lengths.slice(index, index + 1),
    });
    const { trial, input } = stepOf({ base, batches: [all] });
    const whole = await accumulatedGradients(input);
    const apart = await accumulatedGradients({ ...input, batches: [0, 1, 2].map(example) });
    expect(apart.loss).toBeCloseTo(whole.loss, 4);
    for (const [path, gradient] of whole.gradients) {
      expectClose(
        apart.gradients.get(path)!.dataSync() as Float32Array,
        gradient.dataSync() as Float32Array,
        1e-4,
        `gradient of ${path}`,
      );
    }
    for (const { gradients } of [whole, apart]) disposeGradients(gradients);
    trial.dispose();
  });

  it('is part of the losses that stand for gradients', async () => {
    const zeroth = findOptimizer('zo-ranksgd');
    const optimizer = zeroth.build(zeroth.config.parse({}));
    const [off, on] = [await run(pela, { distillation: 0 }, { optimizer }), await run(pela, {}, { optimizer })];
    const { trial, input } = stepOf({ base, batches: [tinyData.train.batch([0, 1, 2, 3])] });
    const { value } = featuresOf(input);
    trial.dispose();
    // Other examples, and factors that are moved a little.
    const more = on.losses[0]! - off.losses[0]!;
    expect(more / value).toBeGreaterThan(0.7);
    expect(more / value).toBeLessThan(1.4);
  });

  it('is not to be had where updates are made in the backward pass', () => {
    const lora = findMethod('lora');
    const method = { ...lora, featurePenalty: pela.featurePenalty! };
    const given = { model: tinyConfig, config: lora.config.parse({}), targets, optimizer: adamw };
    expect(refusal({ ...given, method, execution: 'perLayer' })?.reason).toBe(
      'execution perLayer hands gradients over one by one, and lora has a penalty over what all its blocks put out: choose another method, or take execution tree',
    );
    expect(refusal({ ...given, method: lora, execution: 'perLayer' })).toBeUndefined();
  });

  it('has no original model to compare with where a method has no such penalty', () => {
    const lora = findMethod('lora');
    const { trial } = stepOf({ base, method: lora, batches: [] });
    expect(() => trial.original()).toThrow('lora has no penalty on features: it keeps no original kernels');
    trial.dispose();
  });
});

/** @file Ranks spread over layers: against the reference, and through a trial from its first step to its file and back. */
import { Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { countTrainable } from '../src/memory/predict.js';
import type { AllocationLayer, Method } from '../src/method.js';
import { linearLayers } from '../src/models/config.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { readAdapter } from '../src/training/adapter.js';
import { evaluate } from '../src/training/evaluate.js';
import { planTrial } from '../src/training/plan.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { flatten } from './support/close.js';
import { untrained } from './support/one-layer.js';
import { targets, tinyBase, tinyData } from './support/tiny-model.js';
import { type AllocationCase, readVector } from './support/vectors.js';

const allocating = methods.filter(({ allocate }) => allocate);

/** Layers of a case; where it says nothing of kernels or inputs there are none. */
function layersOf({ kernels, inputs, losses, ranks }: AllocationCase): AllocationLayer[] {
  return ranks.map((_, index) => {
    const kernel = kernels && new Matrix(kernels[index] as number[][]);
    const moments = inputs?.[index];
    const scatter = moments && new Matrix(moments.scatter as number[][]);
    const shape = { in: kernel?.rows ?? scatter!.rows, out: kernel?.columns ?? 3, bias: true };
    return {
      path: `layer${index}`,
      shape,
      get kernel() {
        if (kernel === undefined) throw new Error('The case says nothing of kernels');
        return kernel;
      },
      ...(losses && {
        calibration: {
          firstStep: untrained,
          losses: new Map(Object.entries(losses[index]!).map(([rank, loss]) => [Number(rank), loss])),
        },
      }),
      ...(moments && {
        calibration: {
          firstStep: untrained,
          inputs: {
            rows: moments.rows,
            mean: Float64Array.from(flatten(moments.mean)),
            absoluteMean: Float64Array.from(flatten(moments.absoluteMean)),
            scatter: scatter!,
          },
        },
      }),
    };
  });
}

describe.each(allocating.map((method) => ({ name: method.name, method })))('the allocation of $name', ({ method }) => {
  const { allocations = [] } = readVector('methods', method.name);
  it('has a reference', () => expect(allocations.length).toBeGreaterThan(0));

  it.each(allocations.map((testCase) => ({ testCase, ranks: testCase.ranks.join(' ') })))(
    'gives the ranks $ranks that the reference gives',
    ({ testCase }) => {
      const config = method.config.parse(testCase.config);
      expect(method.allocate!.ranks(layersOf(testCase), config)).toEqual(testCase.ranks);
    },
  );
});

/** Gives the layers the ranks 0, 1, 2, 3, 0, 1, … */
const uneven: Method = {
  ...findMethod('lora'),
  name: 'uneven',
  allocate: {
    ranks: (layers) => layers.map((_, index) => index % 4),
    configure: (config, rank) => ({ ...(config as object), rank, alpha: 2 * rank }),
  },
};

describe('a trial with allocated ranks', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('wasm');
  });

  const base = tinyBase();
  const paths = linearLayers(base.config).map(({ path }) => path);
  const run = (more: Partial<TrainInput> = {}, options: object = {}) =>
    train({
      engine,
      model: base,
      method: uneven,
      config: { rank: 2 },
      optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({})),
      data: tinyData,
      options: { clipNorm: null, steps: 6, batchSize: 4, learningRate: 3e-3, targets, ...options },
      ...more,
    });
  const expected = Object.fromEntries(paths.map((path, index) => [path, index % 4]));

  it('has tensors of those ranks, none in a layer of rank 0, and stores the ranks', async () => {
    const reported: unknown[] = [];
    const { adapter, trainableParameters } = await run({
      onEvent: (event) => void (event.type === 'step' && reported.push(event.ranks)),
    });
    expect(reported).toEqual(Array(6).fill(expected));
    const { info, tensors } = readAdapter(adapter!);
    expect(info.ranks).toEqual(expected);
    for (const [path, rank] of Object.entries(expected)) {
      expect(tensors.get(`${path}.lora_A`)?.shape[1] ?? 0, path).toBe(rank);
      expect(tensors.get(`${path}.lora_B`)?.shape[0] ?? 0, path).toBe(rank);
    }
    const plan = { model: base.config, method: uneven, config: { rank: 2, alpha: 8 }, targets };
    expect(countTrainable({ ...plan, ranks: expected })).toBe(trainableParameters);
    // Without ranks the budget is spread evenly: six layers with 2 · (in + out) in each of two blocks.
    expect(countTrainable(plan)).toBe(2 * 2 * (4 * (16 + 16) + 2 * (16 + 24)));
  });

  it('gives each layer its own configuration', () => {
    const { layers } = planTrial({ model: base.config, method: uneven, config: { rank: 2 }, targets, ranks: expected });
    expect(layers.map(({ path, config }) => [path, config])).toEqual(
      paths.flatMap((path, index) => (index % 4 ? [[path, { rank: index % 4, alpha: (index % 4) * 2 }]] : [])),
    );
  });

  it('goes on from a checkpoint and is evaluated with the same ranks, to the bit', async () => {
    const checkpoints: Uint8Array[] = [];
    const whole = await run(
      { onEvent: (event) => void (event.type === 'checkpoint' && checkpoints.push(event.bytes)) },
      { checkpointEvery: 3 },
    );
    // Another allocation now: what was stored holds.
    const method: Method = { ...uneven, allocate: { ...uneven.allocate!, ranks: (layers) => layers.map(() => 1) } };
    const rest = await run({ resume: checkpoints[0]!, method }, { checkpointEvery: 3 });
    expect(rest.adapter).toEqual(whole.adapter);
    const scored = await evaluate({
      model: base,
      method,
      adapter: whole.adapter!,
      data: tinyData,
      split: 'validation',
      batchSize: 4,
    });
    expect(scored.metrics).toEqual(whole.validation);
  });

  it.each([
    [[1, 2], 'must give each of 12 layers a rank, and one above 0: got [1,2]'],
    [Array(12).fill(0), 'and one above 0'],
    [[1.5, ...Array(11).fill(1)], 'Rank of blocks.0.attention.query must be an integer from 0 on, got 1.5'],
  ])('refuses %j', async (ranks, message) => {
    const method: Method = { ...uneven, allocate: { ranks: () => ranks } };
    await expect(run({ method })).rejects.toThrow(message);
  });

  it('refuses ranks for a method that does not allocate', () => {
    const method = findMethod('lora');
    const options = { model: base.config, method, config: method.config.parse({}), targets, ranks: expected };
    expect(() => planTrial(options)).toThrow('lora does not allocate ranks');
  });
});

/** @file Whole trainings by every optimizer: what a checkpoint file keeps of its state, and what a seed decides. */
import { beforeAll, describe, expect, it } from 'vitest';
import { disposeGradients } from '../src/engine/autograd.js';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { predictMemory } from '../src/memory/predict.js';
import type { GradientPart, HostTensor } from '../src/method.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { layerNames } from '../src/models/config.js';
import { estimated, rankEstimator } from '../src/parts/gradient/rank-estimate.js';
import { findMethod, findOptimizer, optimizers } from '../src/registry.js';
import { toHost } from '../src/tensor/host.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { accumulatedGradients } from '../src/training/accumulate.js';
import { estimatedGradients } from '../src/training/estimate.js';
import type { TrainEvent } from '../src/training/events.js';
import { inject } from '../src/training/inject.js';
import { objectiveOf } from '../src/training/loss.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { standingNotices } from '../src/training/suits.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { randomData, smallModels } from './support/small-models.js';
import { suitedTo, targets, tinyBase, tinyConfig, tinyData } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';
import { readVector } from './support/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

const steps = 6;
/** The first configuration of each optimizer's vector by both methods, each other one by the method that it suits. */
const crosses = optimizers.flatMap((optimizer) =>
  readVector('optimizers', optimizer.name).cases.flatMap(({ config: given }, index) => {
    const config = optimizer.config.parse(given);
    const part = optimizer.build(config);
    const names = index === 0 ? ['full-ft', 'lora'] : [suitedTo(part).name];
    return names.map((name) => ({
      label: `${name} by ${optimizer.name} #${index}`,
      method: findMethod(name),
      optimizer,
      config,
      refused: refusalOf(part, name),
    }));
  }),
);
const cases = crosses.filter(({ refused }) => refused === undefined);

function refusalOf(optimizer: GradientPart, name: string, config: object = {}): string | undefined {
  const method = findMethod(name);
  return refusal({ model: tinyConfig, method, config: method.config.parse(config), targets, optimizer })?.reason;
}

const build = (name: string, config: object = {}) =>
  findOptimizer(name).build(findOptimizer(name).config.parse(config));

describe.each(cases)('$label', ({ method, optimizer, config }) => {
  const run = async (more: Partial<TrainInput> = {}) => {
    const model = tinyBase();
    const losses: number[] = [];
    const live: number[] = [];
    const result = await train({
      engine,
      model,
      method,
      config: {},
      optimizer: optimizer.build(config),
      data: tinyData,
      options: { steps, batchSize: 4, learningRate: 1e-3, targets, seed: 5, clipNorm: 1 },
      onEvent(event) {
        if (event.type !== 'step') return;
        losses.push(event.loss);
        live.push(tf.memory().numTensors);
      },
      ...more,
    });
    model.dispose();
    return { ...result, losses, live };
  };

  it('goes on from a checkpoint to the bit, holds no tensor more after each step, and leaves none', async () => {
    const before = tf.memory().numTensors;
    const whole = await run();
    const first = await run({ until: 3 });
    const rest = await run({ resume: first.checkpoint! });
    expect([...first.losses, ...rest.losses]).toEqual(whole.losses);
    // Comparing element by element takes longer than a training.
    expect(Buffer.compare(rest.adapter!, whole.adapter!)).toBe(0);
    expect(new Set(whole.live).size, `live tensors: ${whole.live}`).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('an optimizer that leaves tensors to another rule', () => {
  // Two heads for keys and values, four for queries: theirs are the only kernels with a side of 32.
  const { model } = smallModels.find(({ model }) => model.architecture === 'llama')!;
  const noticed = (optimizer: GradientPart, name = 'full-ft') => {
    const method = findMethod(name);
    const plan = { model, method, config: method.config.parse({}), targets: layerNames(model) };
    return standingNotices(optimizer, plan, {})[0]?.text;
  };
  const narrow = ['blocks.0', 'blocks.1'].flatMap((block) =>
    ['key', 'value'].map((name) => `${block}.attention.${name}.kernel [64,32]`),
  );

  it.each(['galore', 'galore-8bit', 'q-galore', 'fira', 'apollo'])(
    'names kernels that are not projected: %s',
    (name) => {
      expect(noticed(build(name, { rank: 31 }))).toBeUndefined();
      expect(noticed(build(name, { rank: 32 }))).toBe(
        `rank 32 is not below both sides of these kernels, which are not projected and have whole moments: ${narrow.join(', ')}`,
      );
    },
  );

  it('names what has less than one input of a share, and directions that are not projected', () => {
    expect(noticed(build('frugal', { density: 0.01 }))).toMatch(
      /^density 0\.01 is less than one input of these kernels, which move by the sign of the gradient alone: blocks\.0\.attention\.query\.kernel \[64,64\], /,
    );
    expect(noticed(build('frugal', { density: 0.01 }))).not.toContain('mlp.down');
    expect(noticed(build('frugal', { density: 0 }))).toBeUndefined();
    // A LoRA-like pair has the method's rank, 8, on its smaller side.
    expect(noticed(build('gradnormlorp', { subspaceRank: 7 }), 'gradnormlorp')).toBeUndefined();
    expect(noticed(build('gradnormlorp', { subspaceRank: 8 }), 'gradnormlorp')).toMatch(
      /^subspaceRank 8 is not below both sides of these, .*: blocks\.0\.attention\.query\.lora_A \[64,8\], /,
    );
    expect(noticed(build('adamw'))).toBeUndefined();
  });

  it('says how many more there are than it names', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      path: `blocks.${index}.kernel`,
      shape: [4, 4],
      role: 'kernel',
      decays: true,
    }));
    const notice = build('galore', { rank: 4 }).notice!(many)!;
    expect(notice).toContain('blocks.23.kernel [4,4] and 6 more');
    expect(notice).not.toContain('blocks.24');
  });

  it('is every projecting one for a vector, even of the role of a kernel', async () => {
    const vector = { path: 'blocks.0.scales', shape: [64], role: 'kernel', decays: false };
    for (const name of ['galore', 'galore-8bit', 'q-galore', 'fira', 'apollo', 'apollo-mini']) {
      const optimizer = build(name);
      expect(optimizer.notice!([vector]), name).toMatch(/: blocks\.0\.scales \[64\]$/);
      const state = optimizer.init([vector], createRandom(1));
      expect(
        Object.values(state).map(({ shape }) => shape),
        name,
      ).toEqual([[64], [64]]);
      tf.dispose(Object.values(state));
    }
  });

  it('is said once, before the first step', async () => {
    const base = new LoadedBase({ config: model, values: initialValues(model, createRandom(1)), tokenizer: null });
    const events: TrainEvent[] = [];
    const options = { clipNorm: null, steps: 2, batchSize: 2, learningRate: 1e-3, targets: layerNames(model) };
    await train({
      engine,
      model: base,
      method: findMethod('full-ft'),
      config: {},
      optimizer: build('galore', { rank: 32, gap: 1 }),
      data: randomData({ model, sequence: 8 }),
      options,
      onEvent: (event) => void events.push(event),
    });
    base.dispose();
    expect(events.map(({ type, step }) => `${type} ${step}`)).toEqual(['notice 0', 'step 1', 'step 2', 'eval 2']);
    expect(events[0]).toMatchObject({ of: 'optimizer', text: noticed(build('galore', { rank: 32 })) });
  });
});

describe('an optimizer that could do nothing of what it is for', () => {
  it('is refused with the tensor and what would fit', () => {
    expect(refusalOf(build('galore', { rank: 16 }), 'full-ft')).toMatch(
      /^rank: 16 projects nothing: no kernel is larger on both sides; blocks\.0\.\S+ is \[16,\d+\], and ranks below 16 would fit$/,
    );
    expect(refusalOf(build('galore', { rank: 15 }), 'full-ft')).toBeUndefined();
    expect(refusalOf(build('apollo', { rank: 4 }), 'lora')).toMatch(
      /none is trained \(blocks\.0\.\S+lora_A \[16,8\] is a lora_A\): choose a method that trains kernels/,
    );
    expect(refusalOf(build('gradnormlorp', { subspaceRank: 8 }), 'lora')).toMatch(
      /^subspaceRank: 8 projects nothing: no matrix is larger on both sides; blocks\.0\.\S+ is \[16,8\], and ranks below 8 would fit$/,
    );
    expect(refusalOf(build('gradnormlorp'), 'gradnormlorp')).toBeUndefined();
    expect(refusalOf(build('gradnormlorp'), 'bitfit')).toMatch(
      /none is trained \(blocks\.0\.\S+bias \[16\] is a norm-bias\)/,
    );
    expect(refusalOf(build('frugal', { density: 0.01 }), 'full-ft')).toMatch(
      /^density: 0\.01 is less than one input of every kernel; \S+ has 24, and densities from 1\/24 would fit$/,
    );
    expect(refusalOf(build('frugal', { density: 0 }), 'full-ft')).toBeUndefined();
    expect(refusalOf(build('frugal', { choice: 'kernels', density: 0.01 }), 'full-ft')).toMatch(
      /^density: 0\.01 of 12 kernels is none \(blocks\.0\.attention\.query\.kernel …\), and densities above 1\/24 would fit$/,
    );
    expect(refusalOf(build('frugal', { choice: 'kernels' }), 'full-ft')).toBeUndefined();
    expect(refusalOf(build('frugal', { choice: 'kernels' }), 'lora')).toMatch(/none is trained/);
    expect(refusalOf(build('muon'), 'bitfit')).toMatch(/none is trained \(blocks\.0\.\S+bias \[16\] is a norm-bias\)/);
    expect(refusalOf(build('lora-fa'), 'full-ft')).toMatch(/no such pair is trained \(\S+ \[\S+\] is a \S+\): choose/);
    expect(refusalOf(build('lora-fa'), 'lora', { rank: 17 })).toMatch(
      /^rank: 17 is more than the 16 inputs of blocks\.0\.\S+lora_A: its AᵀA has no inverse$/,
    );
    expect(refusalOf(build('lora-fa'), 'lora', { rank: 16 })).toBeUndefined();
    expect(refusalOf(build('lisa'), 'prompt-tuning')).toMatch(/no trained tensor lies in a block .* sequence\.\S+/);
    expect(refusalOf(build('lisa'), 'adalora')).toMatch(/^the ranks of adalora follow from gradients of all layers/);
  });

  it.each(crosses.filter(({ refused }) => refused !== undefined))(
    'is refused by training, too: $label',
    async ({ method, optimizer, config, refused }) => {
      const model = tinyBase();
      const options = { clipNorm: null, steps: 1, batchSize: 4, learningRate: 1e-3, targets };
      const training = train({
        engine,
        model,
        method,
        config: {},
        optimizer: optimizer.build(config),
        data: tinyData,
        options,
      });
      await expect(training).rejects.toThrow(refused);
      model.dispose();
    },
  );
});

describe('an estimate from ranks', () => {
  const plan = { model: tinyConfig, targets };
  const lora = findMethod('lora');

  it('points up the slope on average, and leaves the parameters as they are', async () => {
    const base = tinyBase();
    const config = lora.config.parse({ rank: 2 });
    const trial = inject({ base, method: lora, config, targets, random: createRandom(4) });
    const optimizer = build('zo-ranksgd', { candidates: 8, best: 8, distance: 1e-3 });
    const input = {
      trial,
      model: tinyConfig,
      method: lora,
      config,
      optimizer,
      objective: objectiveOf('language-modelling'),
      batches: [tinyData.train.batch([0, 1, 2, 3])],
      totalSteps: 1,
      learningRate: 1,
      clipNorm: undefined,
      pass: {
        dropout: { probability: 0, random: createRandom(5) },
        random: createRandom(5),
        checkpointing: 'none' as const,
      },
      state: { optimizer: {}, rank: {} },
      random: createRandom(6),
    };
    const before = await toHost(trial.trained());
    const exact = await accumulatedGradients({ ...input, step: 1 });
    const slopes: number[] = [];
    for (let step = 1; step <= 40; step++) {
      const { gradients } = await estimatedGradients({ ...input, step }, optimizer.estimator!);
      const along = [...gradients].map(([path, estimate]) =>
        tf.tidy(() => tf.sum(tf.mul(estimate, exact.gradients.get(path)!)).dataSync()[0]!),
      );
      slopes.push(along.reduce((sum, part) => sum + part, 0));
      disposeGradients(gradients);
    }
    const mean = slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length;
    const deviation = Math.sqrt(slopes.reduce((sum, slope) => sum + (slope - mean) ** 2, 0) / slopes.length);
    // Four standard errors above none.
    expect(mean).toBeGreaterThan((4 * deviation) / Math.sqrt(slopes.length));
    expect(await toHost(trial.trained())).toEqual(before);
    disposeGradients(exact.gradients);
    trial.dispose();
    base.dispose();
  });

  it('enters any chain', async () => {
    const ranks = rankEstimator({ candidates: 8, best: 4, distance: 1e-2 });
    const model = tinyBase();
    const losses: number[] = [];
    await train({
      engine,
      model,
      method: lora,
      config: { rank: 2 },
      optimizer: estimated(build('adamw'), ranks),
      data: tinyData,
      options: { clipNorm: null, steps: 80, batchSize: 4, learningRate: 1e-2, targets, seed: 5, schedule: 'constant' },
      onEvent(event) {
        if (event.type === 'step') losses.push(event.loss);
      },
    });
    model.dispose();
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-20))).toBeLessThan(mean(losses.slice(0, 20)));
  });

  it('is refused to what reads gradients, and to updates in a backward pass', () => {
    const zo = build('zo-ranksgd');
    expect(refusalOf(zo, 'adalora')).toMatch(/^adalora has a rank part that needs gradients, and none are made/);
    expect(refusalOf(zo, 'ba-lora')).toMatch(/^ba-lora has a penalty over outputs that needs gradients/);
    const execution = {
      ...plan,
      method: lora,
      config: lora.config.parse({}),
      optimizer: zo,
      execution: 'perLayer',
    } as const;
    expect(refusal(execution)?.reason).toMatch(/updates in the backward pass, and the optimizer makes none/);
  });

  it('is predicted without gradients and activations of a backward pass', () => {
    const config = lora.config.parse({});
    const of = (name: string) =>
      predictMemory({ ...plan, method: lora, config, optimizer: build(name), batchSize: 16, sequence: 8 });
    const [estimate, exact] = [of('zo-ranksgd'), of('sgd')];
    expect(estimate.activations).toBe(0);
    expect(estimate.total).toBeLessThan(exact.total);
  });
});

it('is not made layer by layer in the backward pass where few blocks are active', () => {
  const method = findMethod('full-ft');
  for (const { optimizer, config } of cases.filter(({ optimizer, config }) => optimizer.build(config).active)) {
    const built = optimizer.build(config);
    const plans = [method, findMethod('lora')].map((method) => {
      const config = method.config.parse({});
      return { model: tinyConfig, method, config, targets, optimizer: built, classes: 2 };
    });
    const plan = plans.find((each) => refusal(each) === undefined)!;
    expect(refusal({ ...plan, execution: 'perLayer' })?.reason).toMatch(/the optimizer needs all at once/);
  }
});

describe('blocks that are not active', () => {
  it.each(['full-ft', 'lora'])('keep their bits under %s, and the others move', async (method) => {
    const blocksOf = (tensors: ReadonlyMap<string, HostTensor>, block: string) =>
      [...tensors].filter(([path]) => path.includes(`blocks.${block}.`)).map(([, { values }]) => [...values]);
    const optimizer = { name: 'badam', config: { order: 'ascending', gap: 2 } };
    const base = tinyBase();
    const { tensors } = await trainTiny({
      engine,
      base,
      method,
      config: {},
      optimizer,
      options: { steps: 5, learningRate: 1e-2 },
    });
    base.dispose();
    // After steps 1 to 5: block 0 in steps 1, 2 and 5, block 1 in steps 3 and 4.
    const moved = (block: string) =>
      tensors.slice(1).map((after, index) => {
        return JSON.stringify(blocksOf(after, block)) !== JSON.stringify(blocksOf(tensors[index]!, block));
      });
    expect(moved('0')).toEqual([true, false, false, true]);
    expect(moved('1')).toEqual([false, true, true, false]);
  });
});

/** @file Bases that hold kernels as two factors: they compute what the whole kernels would, and take less memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/engine/engine.js';
import { mergedBase } from '../src/export/merged-base.js';
import { exportAdapter } from '../src/export/write.js';
import { readSafetensors } from '../src/io/safetensors.js';
import { predictPacked } from '../src/memory/packed.js';
import { predictMemory } from '../src/memory/predict.js';
import { storedModel } from '../src/memory/stored.js';
import type { Method } from '../src/method.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { baseParameters, linearLayers, type ModelConfig, withWholeKernels } from '../src/models/config.js';
import { presetConfig } from '../src/models/presets.js';
import { findMethod, findOptimizer, methods } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter, readAdapterInfo } from '../src/training/adapter.js';
import { restore } from '../src/training/evaluate.js';
import { leftByChain } from '../src/training/left.js';
import { objectiveOf } from '../src/training/loss.js';
import { refusal } from '../src/training/refusals/refusal.js';
import { type TrainInput, type TrainResult, train } from '../src/training/trainer.js';
import { needsWholeKernels } from '../src/training/whole-kernels.js';
import { relativeError } from './support/close.js';
import { companionsOf } from './support/companions.js';
import { everyTarget, randomData, smallModels } from './support/small-models.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('wasm');
});

interface Setting {
  model: ModelConfig;
  classes?: number;
}

/** What LoRA can be put on: tables of embeddings are no targets here. */
const linearTargets = (model: ModelConfig) => everyTarget(model, findMethod('lora'));

const [sequence, batchSize] = [48, 4];
const nano = presetConfig('nano', 512);
const roomy: Setting = { model: { ...nano, contextLength: nano.contextLength + 8 } };

/** Kernels large enough that singular values and rescalings matter. */
function plainBase(model: ModelConfig): LoadedBase {
  const values = initialValues(model, createRandom(1));
  for (const [path, { values: kernel }] of values) {
    if (path.endsWith('.kernel')) for (const [index, value] of kernel.entries()) kernel[index] = 5 * value;
  }
  return new LoadedBase({ config: model, values, tokenizer: null });
}

async function run(base: LoadedBase, method: Method, { model, classes }: Setting, more: Partial<TrainInput> = {}) {
  const config = method.config.parse(more.config ?? {});
  const given = { model, targets: linearTargets(model), config, ...(classes ? { classes } : {}) };
  const companions = companionsOf(method, given);
  const losses: number[] = [];
  const { optimizer = findOptimizer('sgd').build({}), ...rest } = more;
  const result = await train({
    ...companions.input,
    engine,
    model: base,
    method,
    config,
    optimizer,
    // Anew, so that every training draws the same.
    data: randomData({ model, sequence, ...(classes ? { classes } : {}) }),
    ...rest,
    options: {
      clipNorm: null,
      steps: 2,
      batchSize,
      targets: linearTargets(model),
      learningRate: 1e-2,
      ...more.options,
    },
    onEvent: (event) => {
      if (event.type === 'step') losses.push(event.loss);
    },
  });
  companions.dispose();
  return { ...result, losses };
}

/** What a compression leaves, its kernels whole and as factors. */
async function compressed(setting: Setting, name: string, config: object = {}) {
  const method = findMethod(name);
  const base = plainBase(setting.model);
  const { adapter } = await run(base, method, setting, { config, options: { steps: 0 } as TrainInput['options'] });
  const whole = await mergedBase(base, method, adapter!);
  const held = await mergedBase(base, method, adapter!, { factors: true });
  base.dispose();
  return { method, base, adapter: adapter!, whole, held };
}

/** Of the training of a model that was run. */
function predicted(base: LoadedBase, method: Method, { adapter }: TrainResult, more: object = {}) {
  const { config, ranks, classes, targets } = readAdapter(adapter!).info;
  return predictMemory({
    ...companionsOf(method, { model: withWholeKernels(base.config), targets, config, ...(classes ? { classes } : {}) })
      .plan,
    model: base.config,
    method,
    config,
    targets,
    batchSize,
    sequence,
    optimizer: findOptimizer('sgd').build({}),
    ...(ranks ? { ranks } : {}),
    ...(classes ? { classes } : {}),
    ...more,
  });
}

/** Logits of the first batch, with an adapter or without. */
function logitsOf(base: LoadedBase, { model, classes }: Setting, by?: { method: Method; adapter: Uint8Array }) {
  const data = randomData({ model, sequence, ...(classes ? { classes } : {}) });
  const trial = restore(base, by!.method, by!.adapter);
  const batch = data.train.batch([0, 1, 2, 3]);
  const logits = tf.tidy(() => objectiveOf(data.objective).logits(model, batch, trial.access(), 64).dataSync());
  trial.dispose();
  return Float32Array.from(logits);
}

const bytesOf = (config: ModelConfig) =>
  4 * baseParameters(config).reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0);

it('holds kernels as the factors that a compression leaves, and gives their product to who asks for a kernel', async () => {
  const { adapter, whole, held } = await compressed(roomy, 'afm', { ratio: 0.5 });
  const layers = linearLayers(held.config);
  // A ratio of half leaves ⌊0.5·in·out / (in + out)⌋: 16 of 64 × 64, 21 of 64 × 128 and of 64 × 256 as many as fit.
  const ranks = layers.map(({ shape }) => Math.floor((0.5 * shape.in * shape.out) / (shape.in + shape.out)));
  expect(layers.map(({ shape }) => shape.factorRank)).toEqual(ranks);
  expect(linearLayers(whole.config).map(({ shape }) => shape.factorRank)).toEqual(layers.map(() => undefined));
  const { tensors } = readAdapter(adapter);
  for (const { path, shape } of layers) {
    expect(held.host(`${path}.kernel_A`).values).toEqual(tensors.get(`${path}.factor_A`)!.values);
    expect(held.host(`${path}.kernel_B`).shape).toEqual([shape.factorRank, shape.out]);
    expect(relativeError(held.host(`${path}.kernel`).values, whole.host(`${path}.kernel`).values)).toBeLessThan(1e-6);
    // The shift of the bias is in the bias.
    expect(held.host(`${path}.bias`)).toEqual(whole.host(`${path}.bias`));
    expect(held.kernel(`${path}.kernel`).to1DArray()).toEqual(Array.from(held.host(`${path}.kernel`).values));
  }
  const saved = layers.reduce(
    (sum, { shape }, i) => sum + shape.in * shape.out - ranks[i]! * (shape.in + shape.out),
    0,
  );
  expect(bytesOf(whole.config) - bytesOf(held.config)).toBe(4 * saved);
});

it.each(['svd', 'asvd', 'svd-llm', 'afm', 'welore', 'pela', 'lowrank-pretrain'])('%s leaves factors', async (name) => {
  const { whole, held } = await compressed(roomy, name);
  const ranks = Object.values(held.config.factorRanks!);
  expect(ranks.length).toBeGreaterThan(0);
  expect(bytesOf(held.config)).toBeLessThan(bytesOf(whole.config));
});

it('multiplies factors that save nothing', async () => {
  const { held } = await compressed(roomy, 'svd', { rank: 40, allowGrowth: true });
  // 40·(64 + 64) are more than 64·64, and 40·(64 + 256) fewer than 64·256.
  const small = linearLayers(held.config).filter(({ shape }) => shape.in === shape.out);
  expect(small.map(({ shape }) => shape.factorRank)).toEqual(small.map(() => undefined));
  expect(Object.keys(held.config.factorRanks!)).toHaveLength(linearLayers(held.config).length - small.length);
});

describe.each(smallModels.map((setting) => ({ setting, label: setting.model.architecture })))(
  'on $label in factors',
  ({ setting }) => {
    let bases: Awaited<ReturnType<typeof compressed>>;
    beforeAll(async () => {
      bases = await compressed(setting, 'svd', { ratio: 0.5 });
    }, 120_000);
    afterAll(() => {
      bases.whole.dispose();
      bases.held.dispose();
    });

    it('LoRA computes and trains as on the whole kernels', async () => {
      const lora = findMethod('lora');
      const [whole, held] = [await run(bases.whole, lora, setting), await run(bases.held, lora, setting)];
      expect(relativeError(held.losses, whole.losses)).toBeLessThan(1e-5);
      const [theirs, ours] = [whole, held].map(({ adapter }) => readAdapter(adapter!).tensors);
      // By plain SGD from B = 0, what B is after a step is its gradient.
      for (const [path, { values }] of theirs!) {
        expect(relativeError(ours!.get(path)!.values, values), path).toBeLessThan(1e-5);
      }
      const by = { method: lora, adapter: held.adapter! };
      expect(relativeError(logitsOf(bases.held, setting, by), logitsOf(bases.whole, setting, by))).toBeLessThan(1e-5);
    });
  },
);

describe('every method on kernels in factors', () => {
  let bases: Awaited<ReturnType<typeof compressed>>;
  beforeAll(async () => {
    bases = await compressed(roomy, 'svd', { ratio: 0.5 });
  }, 120_000);
  afterAll(() => {
    bases.whole.dispose();
    bases.held.dispose();
  });

  const reasonOf = (method: Method) =>
    needsWholeKernels({
      model: bases.held.config,
      method,
      config: method.config.parse({}),
      targets: linearTargets(roomy.model),
    });

  it('says why it needs whole kernels', () => {
    const reasons = new Map<string, string[]>();
    for (const method of methods) {
      const reason = reasonOf(method);
      if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), method.name]);
    }
    expect(Object.fromEntries(reasons)).toEqual({
      'trains kernels': ['full-ft', 'trp'],
      'computes with kernels, not only with what comes out of them': [
        'dora',
        'gradnormlorp',
        'supermask',
        'bone-bat',
        'hira',
        'peanut',
        'glora',
      ],
      'begins with other kernels in their place': [
        ...['pissa', 'olora', 'lora-ga', 'loldu', 'svfit', 'lamda', 'lamda-pp', 'ba-lora', 'eora'],
      ],
      'asks for the gradients of kernels': ['lora-sb'],
      'reads kernels between steps': ['lora-ggpo', 'loraprune'],
      'takes heads and units out of kernels': ['loram'],
    });
  });

  /** Their first values are the last singular vectors of a kernel, which are any where its rank is less than its sides. */
  const fromLastVectors = ['mica', 'osf'];
  const adapts = ({ name, purposes = ['finetune'] }: Method) =>
    purposes.includes('finetune') && !fromLastVectors.includes(name);
  const trainable = methods.filter((method) => {
    const config = method.config.parse({});
    const targets = linearTargets(roomy.model);
    const { plan } = companionsOf(method, { model: roomy.model, targets, config });
    return refusal({ model: roomy.model, method, config, targets, sequence, ...plan }) === undefined;
  });
  it.each(trainable.map((method) => ({ name: method.name, method })))(
    'of $name is refused with that, or trains as on the whole ones in the memory that is predicted',
    async ({ method }) => {
      const reason = reasonOf(method);
      if (reason !== undefined) {
        await expect(run(bases.held, method, roomy)).rejects.toThrow(
          `${method.name} ${reason}, and the base holds some as two factors: take it with whole kernels`,
        );
        return;
      }
      const [whole, held] = [await run(bases.whole, method, roomy), await run(bases.held, method, roomy)];
      expect(relativeError(held.losses, whole.losses)).toBeLessThan(1e-5);
      // What decomposes kernels draws vectors where these have none; what adapts them ends at the same numbers.
      const [theirs, ours] = [whole, held].map(({ adapter }) => readAdapter(adapter!).tensors);
      for (const [path, { values }] of adapts(method) ? theirs! : []) {
        // Softmax does not see the bias of keys: its gradient is rounding.
        if (/key\.\w*bias$/.test(path)) continue;
        expect(relativeError(ours!.get(path)!.values, values), path).toBeLessThan(1e-5);
      }
      const prediction = predicted(bases.held, method, held);
      expect(Math.abs(prediction.total / held.peak.total - 1)).toBeLessThan(0.05);
      expect(prediction.weights).toBe(held.peak.weights);
      // What replaces kernels itself holds none of the base's, whole or not.
      if (!method.weight?.replacesKernel) expect(held.peak.total).toBeLessThan(0.98 * whole.peak.total);
    },
    240_000,
  );
});

describe('an adapter on kernels in factors', () => {
  const lora = findMethod('lora');
  let bases: Awaited<ReturnType<typeof compressed>>;
  let adapter: Uint8Array;
  beforeAll(async () => {
    bases = await compressed(roomy, 'svd', { ratio: 0.5 });
    adapter = (await run(bases.held, lora, roomy, { options: { steps: 20 } as TrainInput['options'] })).adapter!;
  }, 120_000);
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

/** @file What a rank part can do between steps: freeze entries, set scheduled tensors, draw what the forward passes drew. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStates } from '../src/io/safetensors.js';
import type { Method, RankPart } from '../src/method.js';
import type { LoadedBase } from '../src/models/base.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { decodeBlocks, dynamicMap } from '../src/tensor/quantize.js';
import { createRandom } from '../src/tensor/random.js';
import { tf } from '../src/tensor/tf.js';
import { readAdapter } from '../src/training/adapter.js';
import { updated } from '../src/training/between.js';
import { inject } from '../src/training/inject.js';
import { type TrainInput, train } from '../src/training/trainer.js';
import { openedEngine } from './support/opened-engine.js';
import { tinyBase, tinyData } from './support/tiny-model.js';

const on = openedEngine('wasm');
let base: LoadedBase;
beforeAll(() => {
  base = tinyBase();
});
afterAll(() => base.dispose());

const lora = findMethod('lora');
const weight = lora.weight!;
const stateless: RankPart<unknown> = { init: () => ({}), memory: () => ({ state: 0, workspace: 0 }) };

const run = (method: Method, options: object = {}, more: Partial<TrainInput> = {}) =>
  train({
    engine: on.engine,
    model: base,
    method,
    config: { rank: 2 },
    optimizer: findOptimizer('adamw').build(findOptimizer('adamw').config.parse({ weightDecay: 0.1 })),
    data: tinyData,
    options: {
      clipNorm: null,
      steps: 6,
      batchSize: 4,
      learningRate: 1e-2,
      seed: 1,
      targets: ['query', 'fc_in'],
      ...options,
    },
    ...more,
  });

describe('masks', () => {
  /** From step 4 on the first row of B is frozen, when AdamW has momentum and decay to move it with. */
  const freezing: Method = {
    ...lora,
    rank: {
      ...stateless,
      async before({ step, layers, state }) {
        const mask = () => ({ lora_B: tf.tensor2d([step < 4 ? 1 : 0, 1], [2, 1]) });
        return { state, masks: new Map(layers.map(({ path }) => [path, mask()])) };
      },
      memory: (layers) => ({ state: 0, workspace: 0, masks: 2 * layers.length }),
    },
  };

  it('keep entries to the bit, whatever momentum and decay, and let the others move', async () => {
    const options = { steps: 8, schedule: 'constant' };
    const checkpoints: Uint8Array[] = [];
    const onEvent: TrainInput['onEvent'] = (event) => {
      if (event.type === 'checkpoint') checkpoints.push(event.bytes);
    };
    const free = await run(lora, { ...options, steps: 3 });
    const frozen = await run(freezing, { ...options, checkpointEvery: 5 }, { onEvent });
    const [before, after] = [free, frozen].map(({ adapter }) => readAdapter(adapter!).tensors);
    for (const [path, { values, shape }] of before!) {
      if (!path.endsWith('lora_B')) continue;
      const now = after!.get(path)!.values;
      expect(now.subarray(0, shape[1]), path).toEqual(values.subarray(0, shape[1]));
      expect(now.subarray(shape[1]), path).not.toEqual(values.subarray(shape[1]));
    }
    const resumed = await run(freezing, { ...options, checkpointEvery: 5 }, { resume: checkpoints[0]! });
    expect(resumed.adapter).toEqual(frozen.adapter);
  });

  it('keep the sign of zero and stop an infinite update', () => {
    const value = tf.tensor1d([-0, 1, 2]);
    const mask = tf.tensor1d([0, 0, 1]);
    const next = updated(value, tf.tensor1d([0, Number.POSITIVE_INFINITY, 3]), mask);
    expect([...next.dataSync()]).toEqual([-0, 1, 5]);
    tf.dispose([value, next, mask]);
  });
});

describe('a scheduled tensor', () => {
  const counting = (scheduled: boolean): Method => ({
    ...lora,
    weight: {
      ...weight,
      tensors: (layer, config) => ({
        ...weight.tensors(layer, config),
        count: { shape: [1], trained: false, scheduled, scope: 'layer' },
      }),
    },
    init: {
      layer(input) {
        const { tensors } = lora.init!.layer(input);
        return { tensors: { ...tensors, count: { shape: [1], values: Float32Array.of(0) } } };
      },
    },
    rank: {
      ...stateless,
      async after({ layers, state }) {
        const next = (count: (typeof layers)[number]['tensors']) => ({ count: tf.add(count.count!, 1) });
        return { state, replaced: new Map(layers.map(({ path, tensors }) => [path, next(tensors)])) };
      },
    },
  });

  it('takes what the rank part puts in, and is stored with the adapter', async () => {
    const { tensors } = readAdapter((await run(counting(true))).adapter!);
    const counts = [...tensors].filter(([path]) => path.endsWith('count'));
    expect(counts.map(([, { values }]) => [...values])).toEqual([[6], [6], [6], [6]]);
  });

  it('has to be declared: what is frozen stays', () => {
    const options = { config: { rank: 2, alpha: 1 }, targets: ['query'], random: createRandom(1) };
    const trial = inject({ base, method: counting(false), ...options });
    const next = tf.tensor1d([1]);
    expect(() => trial.replace('blocks.0.attention.query.count', next)).toThrow(
      'blocks.0.attention.query.count is neither a trained nor a scheduled tensor of this trial',
    );
    tf.dispose(next);
    trial.dispose();
  });
});

describe('the streams of a step', () => {
  it('give every batch, every layer and the rank part the same numbers, other ones each step, none in evaluation', async () => {
    const forward: [string, number | undefined][] = [];
    const between: number[] = [];
    const listening: Method = {
      ...lora,
      weight: {
        ...weight,
        forward(x, layer, context) {
          forward.push([context.path, context.random?.fork('a label').uniform()]);
          return weight.forward(x, layer, context);
        },
      },
      rank: {
        ...stateless,
        async before({ random, state }) {
          between.push(random.fork('a label').uniform());
          return { state };
        },
      },
    };
    await run(listening, { steps: 2, accumulate: 2, targets: ['query'] });
    const layers = ['blocks.0.attention.query', 'blocks.1.attention.query'];
    const passes = [0, 0, 1, 1].flatMap((step) => layers.map((path) => [path, between[step]]));
    expect(forward.slice(0, 8)).toEqual(passes);
    expect(between[0]).not.toBe(between[1]);
    expect(forward.slice(8).length).toBeGreaterThan(0);
    expect(forward.slice(8).every(([, number]) => number === undefined)).toBe(true);
  });
});

describe('terms of gradients', () => {
  const adding = (name: string): Method => ({
    ...lora,
    rank: {
      ...stateless,
      async before({ layers, state }) {
        const term = () => ({ [name]: tf.fill([2, 1], 3) });
        return { state, added: new Map(layers.map(({ path }) => [path, term()])) };
      },
    },
  });
  const sgd = () => {
    const { build, config } = findOptimizer('sgd');
    return build(config.parse({}));
  };

  it('move what is trained, after clipping', async () => {
    const options = { steps: 1, learningRate: 0.5, clipNorm: 1e-6, schedule: 'constant' };
    const { adapter } = await run(adding('lora_B'), options, { optimizer: sgd() });
    for (const [path, { values }] of readAdapter(adapter!).tensors) {
      // B starts at 0, and what is clipped moves it by less than 1e-6.
      if (path.endsWith('lora_B')) for (const value of values) expect(Math.abs(value + 1.5)).toBeLessThan(1e-5);
    }
  });

  it('are refused where nothing is trained', async () => {
    await expect(run(adding('kernel'), { steps: 1 }, { optimizer: sgd() })).rejects.toThrow(
      'blocks.0.attention.query.kernel is not trained: a rank part cannot add to its gradient',
    );
  });
});

describe('a pace', () => {
  it('multiplies the learning rate of the schedule', async () => {
    const rates: number[] = [];
    const method: Method = { ...lora, rank: { ...stateless, pace: (step, total) => (step === 2 ? 0.25 : total / 4) } };
    const onEvent: TrainInput['onEvent'] = (event) => {
      if (event.type === 'step') rates.push(event.learningRate);
    };
    await run(method, { steps: 4, schedule: 'constant', learningRate: 0.5 }, { onEvent });
    expect(rates).toEqual([0.5, 0.125, 0.5, 0.5]);
  });
});

describe('what an optimizer is told to forget', () => {
  const forgetting = (share: number): Method => ({
    ...lora,
    rank: {
      ...stateless,
      async after({ layers, state, step }) {
        return step === 3
          ? { state, forgotten: new Map(layers.map(({ path }) => [path, { lora_A: share }])) }
          : { state };
      },
    },
  });
  /** Optimizer state after three steps, by name. */
  const stateOf = async (method: Method, optimizer?: TrainInput['optimizer'], more: Partial<TrainInput> = {}) => {
    const stored: Uint8Array[] = [];
    const onEvent: TrainInput['onEvent'] = (event) => {
      if (event.type === 'checkpoint') stored.push(event.bytes);
    };
    await run(method, { checkpointEvery: 3 }, { onEvent, ...(optimizer && { optimizer }), ...more });
    const { tensors } = readStates(stored[0]!, 'checkpoint');
    return new Map(
      [...tensors].filter(([name]) => name.startsWith('optimizer:')).map(([name, { values }]) => [name, values]),
    );
  };

  it.each([0, 0.3, 1])('begins anew in a share of %s of the moments, and the others keep their bits', async (share) => {
    const [whole, thinned] = [await stateOf(lora), await stateOf(forgetting(share))];
    let [zeros, entries] = [0, 0];
    for (const [name, before] of whole) {
      const now = thinned.get(name)!;
      if (!name.includes('lora_A')) {
        expect(now, name).toEqual(before);
        continue;
      }
      entries += now.length;
      now.forEach((value, index) => {
        if (value === 0) zeros++;
        else expect(value).toBe(before[index]);
      });
    }
    // Two moments of two factors of 16 × 2 in two blocks, which are drawn once for both: four standard errors.
    expect(entries).toBe(256);
    expect(Math.abs(zeros / entries - share)).toBeLessThanOrEqual(4 * Math.sqrt((share * (1 - share)) / (entries / 2)));
  });

  it('takes all moments of an entry or none', async () => {
    const thinned = await stateOf(forgetting(0.5));
    const zeros = (name: string) => Array.from(thinned.get(name)!, (value) => value === 0);
    const ofFactors = [...thinned.keys()].filter((name) => name.includes('lora_A') && name.endsWith('/m'));
    expect(ofFactors).toHaveLength(4);
    for (const name of ofFactors) {
      expect(new Set(zeros(name)), name).toEqual(new Set([true, false]));
      expect(zeros(name.replace(/m$/, 'v')), name).toEqual(zeros(name));
    }
  });

  it('is taken of state in the shape of the tensor alone', async () => {
    const adafactor = () => findOptimizer('adafactor').build(findOptimizer('adafactor').config.parse({}));
    const [whole, without] = [await stateOf(lora, adafactor()), await stateOf(forgetting(1), adafactor())];
    expect(whole.size).toBeGreaterThan(0);
    expect(without).toEqual(whole);
  });

  const block = 8;
  const adam8bit = () => {
    const { build, config } = findOptimizer('adam-8bit');
    return build(config.parse({ minSize: 0, blockSize: block }));
  };
  /** Moments in code as floats, by name. */
  const decoded = (state: ReadonlyMap<string, ArrayLike<number>>) =>
    new Map(
      [...state.keys()].flatMap((name) => {
        if (!name.endsWith('_codes')) return [];
        const words = Int32Array.from(state.get(name)!);
        const scales = Float32Array.from(state.get(name.replace(/codes$/, 'scales'))!);
        const map = dynamicMap(name.endsWith('/m_codes'));
        return [[name, decodeBlocks({ words, scales }, map, block, 4 * words.length)] as const];
      }),
    );

  it.each([0.3, 1])('begins anew in a share of %s of moments that are kept in code', async (share) => {
    const [whole, thinned] = [await stateOf(lora, adam8bit()), await stateOf(forgetting(share), adam8bit())].map(
      decoded,
    );
    let [zeros, entries] = [0, 0];
    for (const [name, before] of whole!) {
      const now = thinned!.get(name)!;
      if (!name.includes('lora_A')) {
        expect(now, name).toEqual(before);
        continue;
      }
      for (let begin = 0; begin < now.length; begin += block) {
        const own = before.subarray(begin, begin + block);
        const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        now.subarray(begin, begin + block).forEach((value, at) => {
          if (own[at] === 0) return;
          entries++;
          if (value === 0) zeros++;
          // Codes are made anew; those of 8 bits are off by so much of the largest of their block.
          else expect(Math.abs(value - own[at]!)).toBeLessThanOrEqual(0.0072 * largest);
        });
      }
    }
    expect(entries).toBeGreaterThan(200);
    expect(Math.abs(zeros / entries - share)).toBeLessThanOrEqual(4 * Math.sqrt((share * (1 - share)) / (entries / 2)));
  });

  it('goes in code too where ReLoRA begins its factors anew', async () => {
    const config = { rank: 2, restarts: 1, forget: 1 };
    const moments = decoded(await stateOf(findMethod('relora'), adam8bit(), { config }));
    const ofFactors = [...moments].filter(([name]) => name.includes('lora_'));
    // Two moments of two factors of two layers in two blocks.
    expect(ofFactors).toHaveLength(16);
    for (const [name, values] of ofFactors) expect(Math.max(...values.map(Math.abs)), name).toBe(0);
    const others = [...moments].filter(([name]) => !name.includes('lora_'));
    expect(others.some(([, values]) => values.some((value) => value !== 0))).toBe(true);
  });
});

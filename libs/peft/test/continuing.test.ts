/** @file A base that writes with an adapter: it says what the scoring of that adapter says, and holds what is predicted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictContinuing } from '../src/memory/continuing.js';
import { findMethod } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { adapterPlan, readAdapter } from '../src/training/adapter.js';
import { ContinuingModel } from '../src/training/continuing.js';
import { evaluate } from '../src/training/evaluate.js';
import { openedEngine } from './support/opened-engine.js';
import { tinyBase, tinyConfig, tinyData } from './support/tiny-model.js';
import { trainTiny } from './support/tiny-run.js';

const on = openedEngine('wasm');

const tokensOf = (example: number) => {
  const { inputs, targets } = tinyData.test.batch([example]);
  return [inputs[0]!, ...targets];
};

describe.each([
  ['lora', { rank: 4 }, {}],
  ['lora', { rank: 4 }, { baseDtype: 'nf4' }],
  ['dora', { rank: 4 }, {}],
  ['bitfit', {}, {}],
  ['full-ft', {}, {}],
  ['prompt-tuning', { virtualTokens: 4 }, {}],
  ['prefix-tuning', { virtualTokens: 4 }, {}],
] as const)('a base with an adapter of %s %o %o', (name, config, options) => {
  const method = findMethod(name);
  const base = tinyBase();
  let adapter: Uint8Array;
  const opened = () => new ContinuingModel(base, undefined, { method, adapter });
  beforeAll(async () => {
    const run = {
      engine: on.engine,
      base,
      method: name,
      config,
      options: { steps: 2, learningRate: 0.05, ...options },
    };
    adapter = (await trainTiny(run)).result.adapter!;
  });
  afterAll(() => base.dispose());

  it('gives continuations the likelihood that the scoring of the adapter gives them, and the base another', async () => {
    const { examples } = await evaluate({ model: base, method, adapter, data: tinyData, split: 'test' });
    const losses = Array.from(examples.loss ?? examples.perplexity!);
    const [model, bare] = [opened(), new ContinuingModel(base)];
    for (const example of [0, 5]) {
      const [first, ...rest] = tokensOf(example);
      const [own] = await model.logProbabilities([first!], [rest]);
      expect(-own! / rest.length).toBeCloseTo(losses[example]!, 4);
      expect(Math.abs(own! - (await bare.logProbabilities([first!], [rest]))[0]!)).toBeGreaterThan(0.01);
    }
    model.dispose();
    bare.dispose();
  });

  it('holds no more than is predicted, and leaves nothing but the base on the device', async () => {
    base.dispose();
    const before = tf.memory().numBytes;
    const model = opened();
    const [first, ...rest] = tokensOf(0);
    await model.logProbabilities([first!], [rest]);
    const plan = { method, ...adapterPlan(readAdapter(adapter).info) };
    const { weights, adapters, total } = predictContinuing(tinyConfig, { engine: 'wasm', tokens: 9 }, plan);
    const held = tf.memory().numBytes - before;
    expect(held).toBeLessThanOrEqual(weights + adapters);
    expect(held / (weights + adapters), `${held} of ${weights + adapters}`).toBeGreaterThan(0.9);
    expect(total).toBeGreaterThan(weights + adapters);
    model.dispose();
    base.dispose();
    expect(tf.memory().numBytes).toBe(before);
  });

  it('writes after a prompt of what room the adapter leaves', () => {
    const model = opened();
    const taken = method.sequence?.length(method.config.parse(config)) ?? 0;
    expect(model.contextLength).toBe(tinyConfig.contextLength - taken);
    model.dispose();
  });
});

it('refuses an adapter of another method, and leaves nothing on the device', async () => {
  const base = tinyBase();
  const run = {
    engine: on.engine,
    base,
    method: 'lora',
    config: { rank: 2 },
    options: { steps: 1, learningRate: 0.01 },
  };
  const adapter = (await trainTiny(run)).result.adapter!;
  const held = tf.memory().numTensors;
  expect(() => new ContinuingModel(base, undefined, { method: findMethod('dora'), adapter })).toThrow(
    'The adapter was made by lora, and dora was asked to read it',
  );
  expect(tf.memory().numTensors).toBe(held);
  base.dispose();
});

/** @file Perplexity of the demo's base after compression, without a step: what papers say of the order holds here. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import {
  type Engine,
  evaluate,
  findMethod,
  findOptimizer,
  type LoadedBase,
  layerNames,
  loadBase,
  openEngine,
  type Split,
  type TaskData,
  train,
} from '@rankforge/peft';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHeldBack } from '../src/index.js';
import { tokensOf } from './support/text-base.js';

const folder = fileURLToPath(new URL('../../../models/nano-sotu', import.meta.url));

/** Passages that the base was not trained on: some for the calibration, others to be scored. */
const [calibrated, scored] = [160, 40];

describe('nano-sotu with 0.4 of its kernels', () => {
  let engine: Engine;
  let base: LoadedBase;
  let data: TaskData;
  beforeAll(async () => {
    engine = await openEngine('wasm');
    base = await loadBase(folder);
    const tokenizer = new Tokenizer(base.tokenizer as object, {});
    const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
    const options = { encode, sequenceLength: tokensOf(base).contextLength };
    const { test } = (await openHeldBack(join(folder, 'held-back.jsonl'), options, calibrated + scored)).data;
    const part = (first: number, size: number): Split => ({
      size,
      batch: (indices) => test.batch(indices.map((index) => first + index)),
    });
    data = {
      objective: 'language-modelling',
      train: part(0, calibrated),
      validation: part(calibrated, scored),
      test: part(calibrated, scored),
    };
  });
  afterAll(() => base.dispose());

  const perplexity = async (name: string, config: object, seed = 0) => {
    const { validation } = await train({
      engine,
      model: base,
      method: findMethod(name),
      config,
      optimizer: findOptimizer('sgd').build(findOptimizer('sgd').config.parse({})),
      data,
      options: { clipNorm: null, steps: 0, batchSize: 16, learningRate: 1, targets: layerNames(base.config), seed },
    });
    return validation!.perplexity!;
  };
  /** By each of two seeds, which decide what the calibration reads. */
  const perplexities = async (name: string, config: object) => {
    const found = [await perplexity(name, config, 0), await perplexity(name, config, 1)];
    return { lowest: Math.min(...found), highest: Math.max(...found) };
  };
  /** The kernels alone decide: no seed changes it. */
  let bySvd: number;
  let byOutputs: Awaited<ReturnType<typeof perplexities>>;
  beforeAll(async () => {
    bySvd = await perplexity('svd', { ratio: 0.4 });
    byOutputs = await perplexities('svd-llm', { ratio: 0.4 });
  });

  it('is worse than whole, and least so where the outputs decided, most where nothing but the kernels did', async () => {
    const { metrics } = await evaluate({ model: base, method: findMethod('full-ft'), data, split: 'validation' });
    const asvd = await perplexities('asvd', { ratio: 0.4 });
    expect(byOutputs.lowest).toBeGreaterThan(2 * metrics.perplexity!);
    expect(byOutputs.highest).toBeLessThan(0.9 * asvd.lowest);
    expect(asvd.highest).toBeLessThan(0.995 * bySvd);
  });

  it('is better where each kernel reads what those before it became', async () => {
    const behind = await perplexities('svd-llm', { ratio: 0.4, inputs: 'compressed' });
    expect(behind.highest).toBeLessThan(0.98 * byOutputs.lowest);
  });

  it('is repaired by a branch, more so by a wider one, and least by one that looks at the kernel alone', async () => {
    const narrow = await perplexities('eora', { compressor: 'svd', ratio: 0.4, rank: 1 });
    const wide = await perplexities('eora', { compressor: 'svd', ratio: 0.4, rank: 8 });
    const unweighed = await perplexity('eora', { compressor: 'svd', ratio: 0.4, rank: 8, weighing: 'entries' });
    expect(narrow.highest).toBeLessThan(0.95 * bySvd);
    expect(wide.highest).toBeLessThan(0.8 * narrow.lowest);
    expect(wide.highest).toBeLessThan(0.95 * unweighed);
  });
});

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

describe('nano-sotu with 0.4 of its kernels', { timeout: 120_000 }, () => {
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

  /** Of each seed, which decides what the calibration reads. */
  const perplexities = async (name: string, config: object) => {
    const found: number[] = [];
    for (const seed of [0, 1, 2]) {
      const { validation } = await train({
        engine,
        model: base,
        method: findMethod(name),
        config,
        optimizer: findOptimizer('sgd').build(findOptimizer('sgd').config.parse({})),
        data,
        options: { clipNorm: null, steps: 0, batchSize: 16, learningRate: 1, targets: layerNames(base.config), seed },
      });
      found.push(validation!.perplexity!);
    }
    return found;
  };
  const lowest = (values: readonly number[]) => Math.min(...values);
  const highest = (values: readonly number[]) => Math.max(...values);

  it('is worse than whole, and least so where the outputs decided, most where nothing but the kernels did', async () => {
    const { metrics } = await evaluate({ model: base, method: findMethod('full-ft'), data, split: 'validation' });
    const svd = await perplexities('svd', { ratio: 0.4 });
    const asvd = await perplexities('asvd', { ratio: 0.4 });
    const whitened = await perplexities('svd-llm', { ratio: 0.4 });
    expect(lowest(whitened)).toBeGreaterThan(2 * metrics.perplexity!);
    expect(highest(whitened)).toBeLessThan(0.9 * lowest(asvd));
    expect(highest(asvd)).toBeLessThan(0.995 * lowest(svd));
    const behind = await perplexities('svd-llm', { ratio: 0.4, inputs: 'compressed' });
    expect(highest(behind)).toBeLessThan(0.98 * lowest(whitened));
  });

  it('is repaired by a branch, more so by a wider one, and least by one that looks at the kernel alone', async () => {
    const compressed = await perplexities('svd', { ratio: 0.4 });
    const narrow = await perplexities('eora', { compressor: 'svd', ratio: 0.4, rank: 1 });
    const wide = await perplexities('eora', { compressor: 'svd', ratio: 0.4, rank: 8 });
    const unweighed = await perplexities('eora', { compressor: 'svd', ratio: 0.4, rank: 8, weighing: 'entries' });
    expect(highest(narrow)).toBeLessThan(0.95 * lowest(compressed));
    expect(highest(wide)).toBeLessThan(0.8 * lowest(narrow));
    expect(highest(wide)).toBeLessThan(0.95 * lowest(unweighed));
  });
});

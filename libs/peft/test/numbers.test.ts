/** @file Versions of numbers: which trials an earlier result is not taken for, and that all others keep their keys. */
import { findContender, isEvaluator } from '@rankforge/evaluators';
import { expect, it } from 'vitest';
import { openTokenizer } from '../src/data/tokenizer.js';
import { type NumberedTrial, numbersOf } from '../src/numbers.js';
import { findOptimizer, methods } from '../src/registry.js';
import type { PlanOptions } from '../src/training/plan-options.js';
import { targets, tinyConfig } from './support/tiny-model.js';

type Asked = { config?: object; optimizer?: string; starts?: boolean } & Omit<NumberedTrial, 'plan' | 'optimizer'> &
  Pick<PlanOptions, 'objective'>;

function numbers(name: string, { config = {}, optimizer = 'adamw', starts = false, objective, ...more }: Asked = {}) {
  const contender = findContender(name);
  const parsed = contender.config.parse(config);
  if (isEvaluator(contender)) {
    return numbersOf({ evaluated: { evaluator: contender, config: parsed, objective: 'ranking' }, ...more });
  }
  const found = findOptimizer(optimizer);
  return numbersOf({
    plan: { model: tinyConfig, method: contender, config: parsed, targets, starts, objective },
    optimizer: { optimizer: found, config: found.config.parse({}) },
    ...more,
  });
}

it('finds no version where nothing was changed', () => {
  expect(numbers('lora')).toEqual({});
  expect(numbers('lora', { optimizer: 'lora-plus', starts: true })).toEqual({});
  expect(numbers('bd-lora')).toEqual({});
  expect(numbers('bm25', { segmenter: 'jieba' })).toEqual({});
  expect(numbers('lora', { objective: 'catalogue-answers', segmenter: 'spaces' })).toEqual({});
});

it('finds the second of a method for all of its trials, or for those that the change concerns', () => {
  expect(numbers('relora')).toEqual({ method: 2 });
  expect(numbers('loldu', { config: { start: 'normal' }, starts: true })).toEqual({ method: 2 });
  expect(numbers('loldu', { config: { start: 'normal' } })).toEqual({});
  expect(numbers('loldu', { starts: true })).toEqual({});
  expect(numbers('pissa', { config: { iterations: 4 }, starts: true })).toEqual({ method: 2 });
  expect(numbers('pissa', { starts: true })).toEqual({});
});

it('finds the second of an optimizer where it finds factors that it did not find before', () => {
  for (const name of ['bd-lora', 'gralora', 'hira', 'loha']) {
    expect(numbers(name, { optimizer: 'lora-plus' }), name).toEqual({ optimizer: 2 });
  }
  expect(numbers('hira', { optimizer: 'allora' })).toEqual({ optimizer: 2 });
  expect(numbers('dora', { optimizer: 'allora' })).toEqual({});
});

it('finds the second of what reads words where white space does not part them', () => {
  for (const name of ['lead-sentences', 'plan-guided-summary', 'sampled-summaries', 'query-copy', 'no-attack']) {
    expect(numbers(name, { segmenter: 'jieba' }), name).toEqual({ method: 2 });
    expect(numbers(name), name).toEqual({});
  }
  expect(numbers('lora', { objective: 'catalogue-answers', segmenter: 'jieba' })).toEqual({ objective: 2 });
});

it('finds the second of a tokenizer whose steps are read as Python reads them, and were not', () => {
  const none = { normalizer: null, post_processor: null, decoder: null };
  const own = (pre_tokenizer: object) =>
    openTokenizer({
      model: { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1 }, unk_token: '[UNK]' },
      pre_tokenizer,
      ...none,
    });
  const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
  const cut = { type: 'Split', pattern: { Regex: '\\s+' }, behavior: 'Isolated', invert: false };
  expect(own({ type: 'BertPreTokenizer' }).numbers).toBeUndefined();
  expect(own({ type: 'Sequence', pretokenizers: [cut, bytes] }).numbers).toBeUndefined();
  expect(own({ type: 'Whitespace' }).numbers).toBe(2);
  expect(own({ type: 'Sequence', pretokenizers: [{ type: 'Punctuation' }, bytes] }).numbers).toBe(2);
  expect(own({ ...cut, behavior: 'MergedWithNext' }).numbers).toBe(2);
  expect(numbers('lora', { tokenizer: 2 })).toEqual({ tokenizer: 2 });
});

it('goes by the sides of factors, which those of LoRA have by their names', () => {
  for (const { name, weight, config } of methods) {
    if (!weight || name === 'mica') continue;
    const tensors = weight.tensors(
      { name: 'x', role: 'query', in: 16, out: 16, bias: true } as never,
      config.parse({}),
    );
    for (const [tensor, { side, trained }] of Object.entries(tensors)) {
      if (trained && /^lora_[AB]$/.test(tensor))
        expect(side, `${name} ${tensor}`).toBe(tensor === 'lora_A' ? 'input' : 'output');
    }
  }
});

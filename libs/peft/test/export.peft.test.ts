/** @file Adapters that Python peft saved, read onto the same base: logits are those of peft. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { lora } from '../src/export/lora.js';
import { importAdapter } from '../src/export/read.js';
import { LoadedBase } from '../src/models/base.js';
import { headOutputs, hiddenStates, vocabularyTable } from '../src/models/forward.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { parametersOf } from '../src/models/tensors.js';
import { findMethod } from '../src/registry.js';
import { tf } from '../src/tensor/tf.js';
import { restore } from '../src/training/evaluate.js';
import { expectClose, type Nested } from './support/close.js';
import { hostTensors } from './support/model-vectors.js';

interface AdapterCase {
  name: string;
  /** Name of one of `bases`. */
  base: string;
  config: Record<string, unknown>;
  tensors: Record<string, Nested>;
  tokens: number[];
  sequence: number;
  logits: number[];
}

const { bases, cases } = JSON.parse(
  readFileSync(new URL('./vectors/export/adapters.json', import.meta.url), 'utf8'),
) as {
  bases: Record<string, { config: Record<string, unknown>; tensors: Record<string, Nested> }>;
  cases: AdapterCase[];
};

beforeAll(() => openEngine('cpu'));

describe.each(cases)('$name', ({ base: baseName, config, tensors, tokens, sequence, logits }) => {
  it('gives the logits of peft', () => {
    const stored = bases[baseName]!;
    const weights = hostTensors(stored.tensors);
    const model = readModelConfig(stored.config, weights.keys());
    const base = new LoadedBase({ config: model, values: parametersOf(model, weights), tokenizer: null });
    const { adapter, method, classes } = importAdapter({ model, config, tensors: hostTensors(tensors) });
    const trial = restore(base, findMethod(method), adapter);
    const size = tokens.length / sequence;
    const input = { size, sequence, inputs: Int32Array.from(tokens), lengths: new Int32Array(size).fill(sequence) };
    const values = tf.tidy(() => {
      const access = trial.access();
      if (classes) return headOutputs(model, input, access).dataSync();
      return tf.matMul(hiddenStates(model, input, access), vocabularyTable(model, access), false, true).dataSync();
    });
    expectClose(values as Float32Array, logits, 1e-5, 'logits');
    trial.dispose();
    base.dispose();
  });
});

describe('is refused, naming what and why:', () => {
  const stored = bases.llama!;
  const model = readModelConfig(stored.config, hostTensors(stored.tensors).keys());
  const found = cases.find(({ name }) => name === 'lora with patterns')!;
  const read = (changes: Record<string, unknown>, more: [string, number[]][] = []) => {
    const tensors = new Map([...hostTensors(found.tensors)]);
    for (const [key, shape] of more) {
      tensors.set(key, { shape, values: new Float32Array(shape.reduce((product, size) => product * size, 1)) });
    }
    return () => importAdapter({ model, config: { ...found.config, ...changes }, tensors });
  };

  it.each<[string, Record<string, unknown>, [string, number[]][], RegExp]>([
    [
      'a base that the first values changed',
      { init_lora_weights: 'pissa' },
      [],
      /init_lora_weights.*path_initial_model/,
    ],
    [
      'a part of the base that was trained whole',
      { modules_to_save: ['embed_tokens'] },
      [['base_model.model.model.embed_tokens.weight', [11, 8]]],
      /modules_to_save: embed_tokens is a part of the model/,
    ],
    [
      'a pattern that the tensors contradict',
      { rank_pattern: { v_proj: 3 } },
      [],
      /has rank 4.*says 3 \(r, rank_pattern\)/,
    ],
    ['a pattern of something else', { alpha_pattern: { v_proj: 'x' } }, [], /alpha_pattern: v_proj: expected numbers/],
    ['a pattern that takes for ever', { rank_pattern: { '(a+)+v_proj': 3 } }, [], /rank_pattern: \(a\+\)\+v_proj/],
  ])('%s', (_, changes, more, message) => expect(read(changes, more)).toThrow(message));
});

it('a LoRA of which one module makes all others too large is refused before any of them is', () => {
  const modules = Array.from({ length: 210 }, (_, index) => ({ name: `m${index}`, prefix: `m${index}.` }));
  const zeros = (...shape: number[]) => ({ shape, values: new Float32Array(shape[0]! * shape[1]!) });
  const tensors = new Map(
    modules.flatMap(({ prefix }, index) => {
      const rank = index === 0 ? 600 : 1;
      return [
        [`${prefix}lora_A.weight`, zeros(rank, 576)] as const,
        [`${prefix}lora_B.weight`, zeros(576, rank)] as const,
      ];
    }),
  );
  const settings = { r: 1, lora_alpha: 1, rank_pattern: { m0: 600 }, alpha_pattern: {} };
  // 210 modules · 600 · (576 + 576) values of 4 bytes
  expect(() => lora().even!({ settings, tensors }, modules)).toThrow(
    /^adapter_model\.safetensors: its 210 modules take 554 MiB where all have the largest rank, 600, .* at most 512 MiB/,
  );
});

it('reads a LoRA that EVA began, which says how beside it', () => {
  const { base, config, tensors } = cases.find(({ name }) => name === 'lora with patterns')!;
  const model = readModelConfig(bases[base]!.config, hostTensors(bases[base]!.tensors).keys());
  // As peft writes it where nothing else is asked for.
  const eva_config = { rho: 2, tau: 0.99, use_label_mask: true, label_mask_value: -100, whiten: false };
  const begun = { init_lora_weights: 'eva', eva_config: { ...eva_config, adjust_scaling_factors: true } };
  const read = (changes: object) =>
    importAdapter({ model, config: { ...config, ...changes }, tensors: hostTensors(tensors) });
  expect(read(begun)).toEqual(read({}));
});

it.each([
  [undefined, true],
  [null, true],
  ['SEQ_CLS', true],
  // Of BertForTokenClassification, whose head has the same names.
  ['TOKEN_CLS', false],
  ['QUESTION_ANS', false],
])('reads a head where the task is %s: %s', (task_type, read) => {
  const { base, config, tensors } = cases.find(({ name }) => name === 'lora with a head')!;
  const model = readModelConfig(bases[base]!.config, hostTensors(bases[base]!.tensors).keys());
  const imported = () => importAdapter({ model, config: { ...config, task_type }, tensors: hostTensors(tensors) });
  if (read) expect(imported().classes).toBe((tensors['base_model.model.classifier.bias'] as number[]).length);
  else {
    expect(imported).toThrow(
      `adapter_config.json: task_type: "${task_type}" has another head than an adapter here, whose head answers once for a whole ` +
        'example; expected "SEQ_CLS" or null',
    );
  }
});

it('refuses numbers for a bias that the layer does not have', () => {
  const { base, config, tensors: stored } = cases.find(({ name }) => name === 'glora')!;
  const model = readModelConfig(bases[base]!.config, hostTensors(bases[base]!.tensors).keys());
  const tensors = new Map([...hostTensors(stored)]);
  const key = 'base_model.model.model.layers.1.self_attn.v_proj.glora_D.zeros';
  const { shape, values } = tensors.get(key)!;
  tensors.set(key, { shape, values: values.map((value, at) => (at === 1 ? 0.5 : value)) });
  expect(() => importAdapter({ model, config, tensors })).toThrow(`holds ${key}, which is not expected`);
});

it('covers every type that can be read from tensors of layers', () => {
  expect(new Set(cases.map(({ config }) => config.peft_type)).size).toBeGreaterThanOrEqual(11);
});

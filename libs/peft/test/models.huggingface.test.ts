/** @file Configurations and tensors as Hugging Face writes them: what is taken, what is refused, and why. */
import { describe, expect, it } from 'vitest';
import { countTrainable, predictMemory } from '../src/memory/predict.js';
import type { HostTensor } from '../src/method.js';
import { architectures, baseParameters, layerNames, modelInput, sourcedParameters } from '../src/models/config.js';
import { modelConfigText, readModelConfig, writeModelConfig } from '../src/models/huggingface.js';
import { parametersOf, storedTensors } from '../src/models/tensors.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { baseOf, hostTensors, readModelVector } from './support/model-vectors.js';

/** `config.json` of meta-llama/Llama-3.2-3B. */
const llama3b = {
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 128000,
  eos_token_id: 128001,
  head_dim: 128,
  hidden_act: 'silu',
  hidden_size: 3072,
  initializer_range: 0.02,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: 'llama',
  num_attention_heads: 24,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32.0,
    high_freq_factor: 4.0,
    low_freq_factor: 1.0,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500000.0,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  transformers_version: '4.45.0.dev0',
  use_cache: true,
  vocab_size: 128256,
};

describe('Llama-3.2-3B, from shapes alone', () => {
  const model = readModelConfig(llama3b);
  const lora = findMethod('lora');
  const trial = { model, method: lora, config: lora.config.parse({ rank: 32 }), targets: ['query', 'value'] };

  it('has the published number of parameters', () => {
    const total = baseParameters(model).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(total).toBe(3_212_749_824);
    expect(layerNames(model)).toEqual(['query', 'key', 'value', 'output', 'gate', 'up', 'down']);
  });

  it('leaves with the fields of its rotary positions that the published file has for transformers 4', () => {
    const { rope_theta, rope_scaling } = llama3b;
    expect(writeModelConfig(model)).toMatchObject({ rope_theta, rope_scaling });
  });

  it('has as many trained ones under LoRA as Python peft counts', () => {
    // 28 layers, rank 32: queries 3072 → 3072, values 3072 → 1024.
    expect(countTrainable(trial)).toBe(9_175_040);
  });

  it('has a predicted peak that holds the weights in two bytes each and grows with the batch', () => {
    const optimizer = findOptimizer('adamw').build(findOptimizer('adamw').config.parse({}));
    const peak = (batchSize: number) =>
      predictMemory({ ...trial, optimizer, batchSize, sequence: 256, bytesPerElement: 2 });
    expect(peak(1).weights).toBe(2 * 3_212_749_824);
    expect(peak(1).optimizer).toBe(2 * 2 * 9_175_040);
    expect(peak(8).activations).toBeGreaterThan(7 * peak(1).activations);
  });
});

describe('published models of later families, from shapes alone', () => {
  const gemma = {
    attention_bias: false,
    head_dim: 256,
    hidden_activation: 'gelu_pytorch_tanh',
    num_hidden_layers: 26,
    query_pre_attn_scalar: 256,
    rms_norm_eps: 1e-6,
  };
  const cases: [string, number, Record<string, unknown>, object][] = [
    [
      'Qwen3-0.6B',
      596_049_920,
      {
        attention_bias: false,
        head_dim: 128,
        hidden_act: 'silu',
        hidden_size: 1024,
        intermediate_size: 3072,
        max_position_embeddings: 40960,
        max_window_layers: 28,
        model_type: 'qwen3',
        num_attention_heads: 16,
        num_hidden_layers: 28,
        num_key_value_heads: 8,
        rms_norm_eps: 1e-6,
        rope_scaling: null,
        rope_theta: 1_000_000,
        sliding_window: null,
        tie_word_embeddings: true,
        use_sliding_window: false,
        vocab_size: 151_936,
      },
      { architecture: 'llama', headNorms: true, contextLength: 40_960, rotary: { base: 1_000_000 } },
    ],
    [
      'gemma-2-2b',
      2_614_341_888,
      {
        ...gemma,
        attn_logit_softcapping: 50.0,
        final_logit_softcapping: 30.0,
        hidden_size: 2304,
        intermediate_size: 9216,
        max_position_embeddings: 8192,
        model_type: 'gemma2',
        num_attention_heads: 8,
        num_key_value_heads: 4,
        rope_theta: 10_000.0,
        sliding_window: 4096,
        vocab_size: 256_000,
      },
      {
        headNorms: false,
        globalEvery: 2,
        window: 4096,
        caps: { scores: 50, logits: 30 },
        localRotary: { base: 10_000 },
      },
    ],
    [
      'gemma-3-1b',
      999_885_952,
      {
        ...gemma,
        attn_logit_softcapping: null,
        final_logit_softcapping: null,
        hidden_size: 1152,
        intermediate_size: 6912,
        max_position_embeddings: 32_768,
        model_type: 'gemma3_text',
        num_attention_heads: 4,
        num_key_value_heads: 1,
        rope_local_base_freq: 10_000,
        rope_scaling: null,
        rope_theta: 1_000_000,
        sliding_window: 512,
        sliding_window_pattern: 6,
        vocab_size: 262_144,
      },
      {
        headNorms: true,
        globalEvery: 6,
        window: 512,
        caps: { scores: null, logits: null },
        rotary: { base: 1_000_000 },
        localRotary: { base: 10_000 },
      },
    ],
  ];

  it.each(cases)('%s has its %i parameters, and its configuration is written and read again', (_, total, json, own) => {
    const config = readModelConfig(json);
    expect(config).toMatchObject(own);
    expect(baseParameters(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(total);
    expect(readModelConfig(writeModelConfig(config))).toEqual(config);
    // Published files are of transformers 4, which does not know `rope_parameters`.
    const rotary = ['rope_theta', 'rope_scaling', 'rope_local_base_freq', 'sliding_window_pattern'];
    const earlier = (of: Record<string, unknown>) => rotary.map((field) => of[field] ?? null);
    expect(earlier(writeModelConfig(config))).toEqual(earlier(json));
    const text = modelConfigText(config);
    expect(JSON.parse(text)).toEqual(writeModelConfig(config));
    expect(text.match(/softcapping": .*(?=,)/g)?.join() ?? '', 'transformers asks for floats').not.toMatch(
      /: \d+(,|$)/,
    );
  });

  it.each([
    [{ layer_types: [...Array(25).fill('full_attention'), 'sliding_attention'] }, /^layer_types: expected 26 of/],
    [{ use_bidirectional_attention: true }, /^use_bidirectional_attention: expected false, got true/],
    [{ attention_bias: true }, /^attention_bias: expected false/],
    [{ hidden_activation: 'relu' }, /^hidden_activation: expected "gelu_pytorch_tanh"/],
    [{ rope_scaling: { rope_type: 'yarn', factor: 4 } }, /^rope_scaling\.rope_type: /],
  ])('a Gemma 3 with %o is refused', (changed, message) => {
    expect(() => readModelConfig({ ...cases[2]![2], ...changed })).toThrow(message);
  });
});

describe('a config.json', () => {
  it.each([
    ['of another model', { model_type: 'mamba' }, /^model_type: "mamba" is not supported; expected one of gpt2, llama/],
    ['that is no object', null, /^config\.json: expected an object, got null/],
    [
      'with a missing field',
      { ...llama3b, hidden_size: undefined },
      /^hidden_size: expected a positive integer, got noth/,
    ],
    ['with a wrong field', { ...llama3b, vocab_size: '7' }, /^vocab_size: expected a positive integer, got "7"/],
    [
      'with another activation',
      { ...llama3b, hidden_act: 'gelu' },
      /^hidden_act: expected "silu" or "swish", got "gelu"/,
    ],
    [
      'with an unknown scaling',
      { ...llama3b, rope_scaling: { rope_type: 'yarn', factor: 2 } },
      /^rope_scaling\.rope_type: expected "default" or "linear" or "llama3", got "yarn"/,
    ],
    ['with heads that do not divide', { ...llama3b, num_key_value_heads: 7 }, /^keyHeads: heads must be divisible/],
    ['of ours with a wrong field', { architecture: 'gpt2', heads: 0 }, /^vocabularySize: /],
    ['of ours for no architecture', { architecture: 'rnn' }, /^architecture: /],
  ])('%s is refused by the name of the field', (_, json, message) => {
    expect(() => readModelConfig(json)).toThrow(message);
  });

  it('takes 0 as RoBERTa’s padding token, after which positions begin', () => {
    const sizes = { vocab_size: 7, hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
    const json = { model_type: 'roberta', ...sizes, max_position_embeddings: 10 };
    expect(readModelConfig({ ...json, pad_token_id: 0 })).toMatchObject({ firstPosition: 1, contextLength: 9 });
    expect(readModelConfig(json)).toMatchObject({ firstPosition: 2, contextLength: 8 });
  });

  it('limits a sliding window’s sequences to the window, in which attention is full', () => {
    const mistral = { ...llama3b, model_type: 'mistral', sliding_window: 4096 };
    const longest = (json: object) => modelInput(readModelConfig(json));
    expect(longest(mistral)).toMatchObject({ contextLength: 4096 });
    expect(longest({ ...mistral, sliding_window: null })).toMatchObject({ contextLength: 131072 });
    const qwen = { ...llama3b, model_type: 'qwen2', sliding_window: 4096 };
    expect(longest({ ...qwen, use_sliding_window: true })).toMatchObject({ contextLength: 4096 });
    // Of the family Mistral alone has a window without saying that it is used.
    expect(longest(qwen)).toMatchObject({ contextLength: 131072 });
    expect(longest({ ...qwen, use_sliding_window: false })).toMatchObject({ contextLength: 131072 });
  });
});

describe('the tensors of a file', () => {
  const [testCase] = readModelVector('gpt2').cases;
  const { config } = baseOf(testCase!);
  const changed = (change: (tensors: Map<string, HostTensor>) => void) => {
    const tensors = hostTensors(testCase!.tensors);
    change(tensors);
    return () => parametersOf(config, tensors);
  };
  const some = (...shape: number[]): HostTensor => ({
    shape,
    values: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });

  it('are named, each that is missing, surplus or of another shape', () => {
    const wrong = changed((tensors) => {
      tensors.delete('transformer.h.1.ln_2.bias');
      tensors.delete('transformer.wpe.weight');
      tensors.set('transformer.h.0.attn.c_attn.weight', some(18, 6));
      tensors.set('transformer.h.2.ln_1.weight', some(6));
    });
    expect(wrong).toThrow(/wpe\.weight \[8,6\] is missing/);
    expect(wrong).toThrow(/h\.1\.ln_2\.bias \[6\] is missing/);
    expect(wrong).toThrow(/transformer\.h\.0\.attn\.c_attn\.weight is \[18,6\], expected \[6,18\]/);
    expect(wrong).toThrow(/transformer\.h\.2\.ln_1\.weight is no parameter of gpt2/);
  });

  it('may lack the prefix of the head’s file, and hold stored masks and the tied head', () => {
    const tensors = new Map(
      [...hostTensors(testCase!.tensors)].map(([name, value]) => [name.replace('transformer.', ''), value]),
    );
    tensors.set('h.0.attn.bias', some(1, 1, 8, 8));
    tensors.set('lm_head.weight', some(11, 6));
    const own = parametersOf(config, tensors);
    for (const { path } of baseParameters(config)) {
      expect(own.get(path)!.values, path).toEqual(baseOf(testCase!).host(path).values);
    }
  });
});

describe.each(architectures.flatMap(({ name }) => readModelVector(name).cases.map((testCase) => ({ name, testCase }))))(
  'a model of transformers ($name, $testCase.name)',
  ({ testCase }) => {
    const base = baseOf(testCase);

    it('is written under the names, in the shapes and with the numbers of its file', () => {
      const written = storedTensors(base.config, (path) => base.host(path));
      const expected = hostTensors(testCase.tensors);
      for (const { source } of sourcedParameters(base.config).filter(({ source }) => source.lessBy !== undefined)) {
        const name = `model.${source.name}`;
        // A gain that was read as 1 + w is written as w to within a rounding of the sum, which is all that a model sees of it.
        const rounded = expected.get(name)!.values.map((value) => Math.fround(value + 1) - 1);
        expected.set(name, { ...expected.get(name)!, values: rounded });
      }
      expect(written).toEqual(expected);
    });

    it('has a config.json that reads to the same', () => {
      const json = writeModelConfig(base.config);
      expect(readModelConfig(json, Object.keys(testCase.tensors))).toEqual(base.config);
    });
  },
);

/** @file Configurations and tensors as Hugging Face writes them: what is taken, what is refused, and why. */
import { describe, expect, it } from 'vitest';
import { countTrainable, predictMemory } from '../src/memory/predict.js';
import type { HostTensor } from '../src/method.js';
import { architectures, baseParameters, layerNames, modelInput } from '../src/models/config.js';
import { readModelConfig, writeModelConfig } from '../src/models/huggingface.js';
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

  it('limits a sliding window’s sequences to the window, in which attention is full', () => {
    const mistral = { ...llama3b, model_type: 'mistral', sliding_window: 4096 };
    const longest = (json: object) => modelInput(readModelConfig(json));
    expect(longest(mistral)).toMatchObject({ contextLength: 4096 });
    expect(longest({ ...mistral, sliding_window: null })).toMatchObject({ contextLength: 131072 });
    const qwen = { ...llama3b, model_type: 'qwen2', sliding_window: 4096 };
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
      expect(written).toEqual(hostTensors(testCase.tensors));
    });

    it('has a config.json that reads to the same', () => {
      const json = writeModelConfig(base.config);
      expect(readModelConfig(json, Object.keys(testCase.tensors))).toEqual(base.config);
    });
  },
);

/** @file Configurations of Python peft that are still to be trained, held to what peft trains by them (oracle/export/experiments.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readExperiment } from '../src/export/experiment.js';
import { countTrainable } from '../src/memory/predict.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod, findOptimizer } from '../src/registry.js';

interface Vector {
  model: object;
  experiments: { config: Record<string, unknown>; trained: number }[];
}

const vector: Vector = JSON.parse(readFileSync(new URL('vectors/export/experiments.json', import.meta.url), 'utf8'));
const model = readModelConfig(vector.model);
const { build, config: optimizerConfig } = findOptimizer('adamw');
const optimizer = build(optimizerConfig.parse({}));

const everyNorm = ['input_layernorm', 'post_attention_layernorm', 'norm'];
const first = (type: string) => vector.experiments.find(({ config }) => config.peft_type === type)!.config;
const read = (type: string, changes: object = {}) => readExperiment({ model, config: { ...first(type), ...changes } });

describe.each(vector.experiments)('an experiment of $config.peft_type', ({ config, trained }) => {
  it(`trains ${trained} parameters, as in peft`, () => {
    const { method, config: own, targets } = readExperiment({ model, config });
    expect(countTrainable({ model, method: findMethod(method), config: own, targets, optimizer })).toBe(trained);
  });
});

it('reads an experiment that EVA begins as one of EVA, not of LoRA', () => {
  const eva_config = { rho: 1.5, tau: 0.99, use_label_mask: true, label_mask_value: -100, whiten: true };
  const { method, config } = read('LORA', {
    init_lora_weights: 'eva',
    eva_config: { ...eva_config, adjust_scaling_factors: false },
  });
  expect(method).toBe('eva');
  expect(config).toMatchObject({ rank: first('LORA').r, rho: 1.5, whiten: true, sameScale: false });
  expect(read('LORA', { init_lora_weights: 'gaussian' }).method).toBe('lora');
});

it('takes what only says how a file is kept as it is', () => {
  expect(read('UNILORA', { save_indices: false })).toEqual(read('UNILORA', { save_indices: true }));
});

it.each<[string, object, string]>([
  ['PSOFT', { psoft_orth: false }, 'psoft_orth: false cannot be read; expected true'],
  ['ADAMSS', { use_asa: true }, 'use_asa: true cannot be read'],
  [
    'OSF',
    { rank_pattern: { '.*q_proj': 3 } },
    'rank_pattern: {".*q_proj":3} cannot be read; expected null: layers of one role',
  ],
  ['GLORA', { config_A_B: 'none' }, 'config_A_B: "none" cannot be read; expected "lora"'],
  ['PSOFT', { use_cayley_neumann: true, cayley_neumann_eps: 0.9 }, 'cayley_neumann_eps: 0.9 cannot be read'],
  ['OSF', { effective_rank: 1 }, 'effective_rank: 1 cannot be read; expected null: 1 may be a number or a share'],
  ['LN_TUNING', { target_modules: '.*norm' }, 'target_modules: ".*norm" cannot be read; expected a list'],
  ['LN_TUNING', { target_modules: [...everyNorm, 'q_proj'] }, 'target_modules: ln-tuning does not train q_proj'],
  ['LN_TUNING', { modules_to_save: ['lm_head'] }, 'modules_to_save: ["lm_head"] cannot be trained here; expected null'],
  ['LORA', { layers_to_transform: [0] }, 'layers_to_transform: [0] cannot be trained here; expected null'],
  [
    'LN_TUNING',
    { target_modules: ['input_layernorm'] },
    'target_modules: leaves out model.layers.0.post_attention_layernorm',
  ],
  ['P_TUNING', { encoder_reparameterization_type: 'LSTM' }, 'encoder_reparameterization_type: "LSTM" cannot be read'],
])('refuses an experiment of %s with %j', (type, changes, message) => {
  expect(() => read(type, changes)).toThrow(message);
});

it('trains the normalization layers of a base that calls them otherwise', () => {
  const gpt2 = { model_type: 'gpt2', vocab_size: 40, n_positions: 32, n_embd: 16, n_layer: 1, n_head: 2 };
  const read = (target_modules: string[]) =>
    readExperiment({ model: readModelConfig(gpt2), config: { peft_type: 'LN_TUNING', target_modules } });
  expect(read(everyNorm).method).toBe('ln-tuning');
  expect(read(['ln_1', 'ln_2', 'ln_f']).method).toBe('ln-tuning');
  expect(() => read(['ln_1', 'ln_2'])).toThrow('leaves out transformer.ln_f');
});

it('refuses to train the norms of Llama in a base that has others beside them', () => {
  const qwen3 = readModelConfig({ ...vector.model, model_type: 'qwen3', head_dim: 16 });
  const config = { peft_type: 'LN_TUNING', target_modules: everyNorm };
  expect(() => readExperiment({ model: qwen3, config })).toThrow(/leaves out model\.layers\.0\.self_attn\.[qk]_norm/);
});

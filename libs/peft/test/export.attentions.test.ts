/** @file Adapters whose tensors stand at attentions, in the files of Python peft, and the way back. */
import { beforeAll, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { importAdapter } from '../src/export/read.js';
import { planExport } from '../src/export/route.js';
import { servability } from '../src/export/servable.js';
import { exportAdapter } from '../src/export/write.js';
import { readStates } from '../src/io/safetensors.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import { readModelConfig } from '../src/models/huggingface.js';
import { findMethod } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { encodeAdapter, readAdapter } from '../src/training/adapter.js';
import { tinyLlama } from './support/tiny-llama.js';
import { tinyBase } from './support/tiny-model.js';

beforeAll(() => openEngine('cpu'));

const method = findMethod('adaption-prompt');
const config = method.config.parse({ rows: 3, layers: 1 });
const llamaOf = (more: object = {}) => {
  const model = readModelConfig({ ...tinyLlama, tie_word_embeddings: true, ...more });
  return new LoadedBase({ config: model, values: initialValues(model, createRandom(1)), tokenizer: {} });
};
const adapterOf = (base: LoadedBase) => {
  const { adapters } = planExport({ model: base.config, method, config, targets: ['query'] }).trial;
  const random = createRandom(2);
  const tensors = adapters.map(({ path, shape }) => {
    const size = shape.reduce((product, side) => product * side, 1);
    return [path, { shape, values: Float32Array.from({ length: size }, () => random.normal()) }] as const;
  });
  return encodeAdapter(new Map(tensors), { method: method.name, config, targets: ['query'], seed: 0 });
};
const leave = (base: LoadedBase, format: 'peft' | 'merged' = 'peft') =>
  exportAdapter({ model: base, method, adapter: adapterOf(base), format, baseName: 'tiny' });
const filesOf = async (base: LoadedBase) => {
  const files = await leave(base);
  return {
    config: JSON.parse(Buffer.from(files.get('adapter_config.json')!).toString()),
    tensors: readStates(files.get('adapter_model.safetensors')!, 'adapter').tensors,
  };
};

it('leaves with tensors at the modules of attentions, and comes back to the bit', async () => {
  const base = llamaOf();
  const { config: settings, tensors } = await filesOf(base);
  expect(settings).toMatchObject({
    peft_type: 'ADAPTION_PROMPT',
    adapter_len: 3,
    adapter_layers: 1,
    target_modules: 'self_attn',
  });
  const module = 'base_model.model.model.layers.1.self_attn';
  expect([...tensors].map(([key, { shape }]) => [key, shape])).toEqual([
    [`${module}.adaption_prompt`, [1, 3, 8]],
    [`${module}.adaption_gate`, [1]],
  ]);
  const back = importAdapter({ model: base.config, config: settings, tensors });
  expect(back).toMatchObject({ method: method.name, config });
  expect(readAdapter(back.adapter).tensors).toEqual(readAdapter(adapterOf(base)).tensors);
  await expect(leave(base, 'merged')).rejects.toThrow('LLaMA-Adapter stands beside the tokens and is in no weight');
  const { servable, reasons } = servability({ model: base.config, method, config, targets: ['query'] });
  expect({ servable, reasons }).toEqual({
    servable: false,
    reasons: ['vLLM serves LoRA, and this is ADAPTION_PROMPT'],
  });
  base.dispose();
});

it.each<[string, object, RegExp]>([
  ['an architecture that peft treats otherwise', { attention_bias: true }, /bias of the output layer/],
  ['heads that are wider than the model', { head_dim: 8 }, /the width 8 of the model, and all heads have 16/],
])('stays here on %s', async (_, more, message) => {
  const other = llamaOf(more);
  await expect(leave(other)).rejects.toThrow(message);
  other.dispose();
});

it('stays here on GPT-2, where peft adds it behind the output layer', async () => {
  const other = tinyBase();
  await expect(leave(other)).rejects.toThrow(
    "on gpt2 Python peft has no ADAPTION_PROMPT that computes this, but on llama. Take it 'native'.",
  );
  other.dispose();
});

it.each<[string, (files: Awaited<ReturnType<typeof filesOf>>) => void, string]>([
  [
    'a tensor that is missing',
    ({ tensors }) => tensors.delete([...tensors.keys()][0]!),
    'lacks base_model.model.model',
  ],
  [
    'more layers than there are',
    ({ config }) => Object.assign(config, { adapter_layers: 3 }),
    'layers: 3 is above the 2 attentions',
  ],
  ['another length', ({ config }) => Object.assign(config, { adapter_len: 4 }), 'expected [4,8]'],
  ['no length', ({ config }) => Object.assign(config, { adapter_len: null }), 'adaption-prompt: rows'],
  [
    'a setting that it does not know',
    ({ config }) => Object.assign(config, { adapter_bias: 2 }),
    'adapter_bias: 2 cannot be read',
  ],
])('is not read with %s', async (_, change, message) => {
  const base = llamaOf();
  const files = await filesOf(base);
  change(files);
  expect(() => importAdapter({ model: base.config, ...files })).toThrow(message);
  base.dispose();
});

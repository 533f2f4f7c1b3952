/** @file Adapters of conversations: the template leaves with them, and the page beside says how Python answers by it. */
import { beforeAll, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { exportAdapter } from '../src/export/write.js';
import { initialValues, LoadedBase } from '../src/models/base.js';
import type { Split } from '../src/objectives/data.js';
import { findMethod, findOptimizer } from '../src/registry.js';
import { createRandom } from '../src/tensor/random.js';
import { train } from '../src/training/trainer.js';
import { smallModels } from './support/small-models.js';

const [lora, adamw] = [findMethod('lora'), findOptimizer('adamw')];
const { model: config } = smallModels.find(({ model }) => model.architecture === 'llama')!;
const model = new LoadedBase({ config, values: initialValues(config, createRandom(1)), tokenizer: null });
const split: Split = {
  size: 2,
  batch: ({ length: size }) => ({
    ...{ size, sequence: 2, inputs: new Int32Array(2 * size).fill(3), targets: new Int32Array(2 * size).fill(4) },
    lengths: new Int32Array(size).fill(2),
  }),
};

let adapter: Uint8Array;
beforeAll(async () => {
  const made = await train({
    ...{ engine: await openEngine('cpu'), model, method: lora, config: { rank: 2 } },
    optimizer: adamw.build(adamw.config.parse({})),
    data: { objective: 'instruction-tuning', train: split, validation: split, test: split },
    options: { steps: 1, batchSize: 2, learningRate: 0.01, targets: ['query'] },
  });
  adapter = made.adapter!;
});

const exported = async (format: 'peft' | 'merged', chat?: { template: string; date?: string }) => {
  const named = { baseName: 'org/tiny', baseRevision: 'abc', chat };
  const files = await exportAdapter({ model, method: lora, adapter, format, ...named });
  return { files, readme: Buffer.from(files.get('README.md')!).toString() };
};

it.each([
  ['peft', 'AutoTokenizer.from_pretrained("org/tiny", revision="abc")'],
  ['merged', 'AutoTokenizer.from_pretrained(folder)'],
] as const)('the format %s has the template, and a function that replies by it', async (format, tokenizer) => {
  const template = '{{ messages[0].content }}\n';
  const { files, readme } = await exported(format, { template });
  expect(Buffer.from(files.get('chat_template.jinja')!).toString()).toBe(template);
  expect(readme).toContain('from transformers import LlamaForCausalLM, AutoTokenizer');
  expect(readme).toContain(tokenizer);
  expect(readme).toContain('messages, add_generation_prompt=True, return_dict=True, return_tensors="pt"\n');
  expect(readme).toContain('conversations as `chat_template.jinja` lays them out');
});

it('a template that asks for the day is told the same in Python', async () => {
  const { readme } = await exported('peft', { template: "{{ strftime_now('%d') }}", date: '2024-07-26' });
  expect(readme).toContain('told = date.fromisoformat("2024-07-26").strftime');
  expect(readme).toContain('strftime_now=told');
  expect(readme).toContain('was told 2024-07-26 whatever the day was');
});

it('nothing is said of templates where it was trained on texts', async () => {
  const { files, readme } = await exported('peft');
  expect(files.has('chat_template.jinja')).toBe(false);
  expect(readme).not.toContain('chat');
});

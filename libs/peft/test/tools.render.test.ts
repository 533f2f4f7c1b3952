/** @file Files of other tools that train a configuration of ours; their own schemas read the same of them (oracle/tools/files.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type PresetAsked, PresetError, renderPreset } from '../src/index.js';
import { readToolFile, writeToolFile } from '../src/tools/index.js';

const rows: { name: string; text: string }[] = JSON.parse(
  readFileSync(new URL('vectors/tools/files.json', import.meta.url), 'utf8'),
);
const told = { learningRate: 1e-7, steps: 40, seed: 3, output: '/tmp/out' };
const axolotl: PresetAsked = {
  ...told,
  tool: 'axolotl',
  settings: {
    base_model: 'a/b',
    load_in_4bit: true,
    adapter: 'lora',
    peft_use_dora: true,
    lora_target_linear: true,
    lora_dropout: 0.1,
    datasets: [{ path: 'data.jsonl', type: 'alpaca' }],
    micro_batch_size: 2,
  },
  method: 'rslora',
  config: { rank: 4, alpha: 8 },
};
const llamafactory: PresetAsked = {
  ...told,
  tool: 'llamafactory',
  settings: {
    model_name_or_path: 'a/b',
    stage: 'sft',
    lora_rank: 64,
    lora_target: 'q_proj,v_proj',
    dataset: 'mine',
    cutoff_len: 128,
  },
  method: 'dora',
  config: { rank: 4, alpha: 8 },
};

describe('renderPreset', () => {
  it.each([axolotl, llamafactory])('writes a method of ours over what settings of $tool say of it', (asked) => {
    const { text } = rows.find(({ name }) => name === `${asked.tool}: rendered`)!;
    expect(writeToolFile(renderPreset(asked))).toBe(text);
  });

  it.each([axolotl, llamafactory])('is read back as the configuration that $tool was told', (asked) => {
    const { training, problems, notRead } = readToolFile(writeToolFile(renderPreset(asked)));
    expect({ problems, notRead }).toEqual({ problems: [], notRead: [] });
    expect(training).toMatchObject({
      adapter: { r: 4, lora_alpha: 8, [asked.method === 'dora' ? 'use_dora' : 'use_rslora']: true },
      learningRate: 1e-7,
      steps: 40,
      seed: 3,
    });
  });

  it('gives PyYAML a small rate as a number', () => {
    expect(writeToolFile({ learning_rate: 1e-7, note: 'x: 1e-7', list: [2e-9] })).toBe(
      'learning_rate: 1.0e-7\nnote: "x: 1e-7"\nlist:\n  - 2.0e-9\n',
    );
  });

  it('leaves no adapter where every weight is trained', () => {
    const { lora_r, lora_target_linear, adapter, ...full } = renderPreset({
      ...axolotl,
      method: 'full-ft',
      config: {},
    });
    expect([lora_r, lora_target_linear, adapter]).toEqual([undefined, undefined, undefined]);
    expect(readToolFile(writeToolFile({ ...full, load_in_4bit: false })).training.adapter).toBeNull();
    expect(renderPreset({ ...llamafactory, method: 'full-ft', config: {} })).toMatchObject({ finetuning_type: 'full' });
  });

  it.each([
    [
      { method: 'vera', config: {} },
      'method',
      'axolotl is told of LoRA and its kinds that peft has, and of full-ft: not of vera',
    ],
    [
      { method: 'gradnormlorp', config: {} },
      'method',
      'axolotl would train dora by the fields that gradnormlorp has in peft: name that',
    ],
    [{ ...llamafactory, method: 'eva', config: {} }, 'method', 'LLaMA-Factory has no key for init_lora_weights of eva'],
    ...[
      { trust_remote_code: true },
      { trust_remote_code: 'true' },
      { trust_remote_code: 1 },
      { datasets: [{ path: 'a/b', trust_remote_code: true }] },
    ].map((settings) => [
      { settings },
      'settings',
      'trust_remote_code runs code of whoever wrote the base or the data: leave it out',
    ]),
  ] as [Partial<PresetAsked>, PresetError['field'], string][])('refuses %o', (changed, field, message) => {
    const refused = expect(() => renderPreset({ ...axolotl, ...changed }));
    refused.toThrow(new PresetError(field, message));
    refused.toThrow(expect.objectContaining({ field }));
  });

  it('refuses a setting that the method does not take', () => {
    expect(() => renderPreset({ ...axolotl, config: { rank: 0 } })).toThrow(
      expect.objectContaining({ field: 'config', message: expect.stringMatching(/^rank: /) }),
    );
  });
});

/** @file Configurations of other tools, held to what their own schemas read (oracle/tools/files.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readToolFile, type ToolTraining } from '../src/tools/index.js';

interface Row {
  name: string;
  text: string;
  expected: Record<string, unknown>;
}

const rows: Row[] = JSON.parse(readFileSync(new URL('vectors/tools/files.json', import.meta.url), 'utf8'));

/** Updates by the names of optimizers. */
const updates: Record<string, string> = {
  adamw_torch: 'foreach',
  adamw_torch_fused: 'fused',
  adamw_bnb_8bit: '8bit',
  paged_adamw_8bit: 'paged-8bit',
};
const attentions: Record<string, string> = { flash_attention_2: 'flash', eager: 'eager', sdpa: 'sdpa' };

/** A training in the words of the vector, for the keys that it has. */
function inTheirWords({ adapter, dtype, torch, ...rest }: ToolTraining, expected: Row['expected']) {
  const own: Record<string, unknown> = {
    ...rest,
    rank: adapter?.r,
    alpha: adapter?.lora_alpha,
    dropout: adapter && (adapter.lora_dropout ?? 0),
    targets: adapter?.target_modules,
    bits: { nf4: 4, int8: 8 }[dtype as string],
    double: torch.doubleQuantization,
    half: torch.autocast ? (['float16', 'bfloat16'].includes(dtype) ? dtype : expected.half) : null,
    optimizer: torch.update,
    checkpointing: rest.checkpointing === 'block',
    packed: !torch.padded,
    attention: torch.attention,
  };
  return Object.fromEntries(Object.keys(expected).map((key) => [key, own[key] ?? null]));
}

describe('readToolFile', () => {
  it.each(rows)('reads $name as the tool does', ({ text, expected }) => {
    const { training, problems, notRead } = readToolFile(text);
    expect({ problems, notRead }).toEqual({ problems: [], notRead: [] });
    const { optimizer, attention, steps, epochs, ...others } = expected;
    expect(inTheirWords(training, { ...others, optimizer, attention })).toEqual({
      ...others,
      optimizer: updates[optimizer as string],
      attention: attentions[(attention as string | null) ?? 'sdpa'],
      // A seed that is not said is the tool's own.
      ...('seed' in others ? { seed: text.includes('seed') ? others.seed : null } : {}),
      ...(text.includes('learning_rate') ? {} : { learningRate: null }),
    });
    expect(training.steps ?? training.epochs).toBe(steps ?? epochs);
  });

  it('leaves out no file of the vector', () => expect(rows).toHaveLength(12));

  it('tells a tool by a key of its own among those that several have', () => {
    const shared = 'per_device_train_batch_size: 1\ngradient_accumulation_steps: 2\nnum_train_epochs: 3\noptim: sgd\n';
    const toolOf = (more: string) => readToolFile(`${shared}${more}`).tool;
    expect(['', 'cutoff_len: 8', 'micro_batch_size: 1'].map(toolOf)).toEqual(['trl', 'llamafactory', 'axolotl']);
  });

  it('names the line and the key of a value that changes the answer and is not read', () => {
    const text =
      'base_model: a/b\nadapter: lora\nlora_r: 8\ngradient_checkpointing: offload\nrl: dpo\nmicro_batch_size: two\n';
    expect(readToolFile(text).problems).toEqual([
      {
        key: 'gradient_checkpointing',
        line: 4,
        field: 'checkpointing',
        message: '"offload" is not read here; true and false are',
      },
      { key: 'micro_batch_size', line: 6, field: undefined, message: 'expected a number, got "two"' },
      { key: 'rl', line: 5, field: undefined, message: '"dpo" is another objective' },
    ]);
  });

  it('says that axolotl takes kernels of LoRA by itself, unless the file says of them or loads 8 bits', () => {
    const without = (more: string) =>
      readToolFile(`base_model: a/b\nadapter: lora\nlora_r: 8\n${more}`).training.without !== undefined;
    expect(['', 'lora_mlp_kernel: false', 'load_in_8bit: true'].map(without)).toEqual([true, false, false]);
    expect(readToolFile('base_model: a/b').training.without).toBeUndefined();
  });

  it('takes no offence at a feature that is off', () => {
    expect(readToolFile('base_model: a/b\nrl:\nfsdp: []\ndeepspeed: null\nrelora: false\n').problems).toEqual([]);
  });

  it('parts keys with their lines: those it reads, those of paths and logs or that are off, and one that nobody knows', () => {
    const file = readToolFile(
      'base_model: a/b\nwandb_project: x\nlora_rr: 8\noutput_dir: out\nrelora: false\nlora_r:\n',
    );
    expect(file).toMatchObject({
      read: [
        { key: 'base_model', line: 1 },
        { key: 'lora_r', line: 6 },
      ],
      ignored: [
        { key: 'wandb_project', line: 2 },
        { key: 'output_dir', line: 4 },
        { key: 'relora', line: 5 },
      ],
      notRead: [{ key: 'lora_rr', line: 3 }],
    });
  });

  it('takes the adapter_config.json beside a script for its adapter', () => {
    const adapter = { peft_type: 'LORA', r: 4, lora_alpha: 8, target_modules: ['q_proj'] };
    expect(readToolFile('{"max_length": 128, "bf16": true}', adapter).training.adapter).toEqual(adapter);
  });

  it('takes no adapter from beside a file that has its own', () => {
    const { training, notRead } = readToolFile('base_model: a/b\n', { peft_type: 'LORA', r: 4 });
    expect([training.adapter, notRead]).toEqual([null, []]);
  });

  it('reads a base and an adapter from adapter_config.json alone', () => {
    const text = '{"peft_type": "LORA", "r": 4, "base_model_name_or_path": "a/b", "target_modules": null}';
    expect(readToolFile(text)).toMatchObject({ tool: 'peft', training: { base: 'a/b', adapter: { r: 4 } } });
  });

  it.each([
    ['a: [1', /^is not YAML: line 1: /],
    ['- a\n- b', /^is no list of keys with values$/],
    ['title: x\nlines: 3', /^is no file of peft, axolotl, LLaMA-Factory, TRL: its keys are title, lines$/],
    ['', /^is no list of keys with values$/],
    [`base_model: ${'x'.repeat(1024 * 1024)}`, /^has more than 1048576 characters$/],
    [
      `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nbase_model: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]`,
      /^cannot be read: Excessive alias count/,
    ],
  ])('refuses %.20s', (text, message) => {
    expect(() => readToolFile(text)).toThrow(message);
  });
});

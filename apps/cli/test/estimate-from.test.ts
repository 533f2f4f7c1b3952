/** @file `rankforge estimate --from`: the real command on files of other tools. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { estimates } from './support/estimates.js';

const { made, run, json } = estimates();

describe('a configuration of another tool', () => {
  const write = async (name: string, text: string) => {
    const path = join(made.models, name);
    await writeFile(path, text);
    return path;
  };
  const axolotl = (more = '') =>
    `base_model: meta-llama/Llama-3.1-8B
adapter: qlora
load_in_4bit: true
lora_r: 16
lora_alpha: 32
lora_target_linear: true
sequence_len: 1024
micro_batch_size: 2
gradient_accumulation_steps: 4
optimizer: paged_adamw_8bit
learning_rate: 2e-4
bf16: auto
gradient_checkpointing: true
flash_attention: true
sample_packing: true
wandb_project: mine
${more}`;

  test('gets the rows that options which say the same get', async () => {
    const file = await write('axolotl.yml', axolotl());
    const [from, options] = await Promise.all([
      json('--from', file),
      json(
        ...[
          'meta-llama/Llama-3.1-8B',
          '--profile',
          'torch',
          '--method',
          'lora',
          '--rank',
          '16',
          '--targets',
          'all-linear',
        ],
        ...[
          '--dtype',
          'nf4',
          '--no-prepared',
          '--autocast',
          '--checkpointing',
          'block',
          '--attention',
          'flash',
          '--no-padded',
        ],
        ...['--update', 'paged-8bit', '--batch', '2', '--accumulate', '4', '--sequence', '1024'],
      ),
    ]);
    // Adapters on all seven layers of a block, of rank 16: 41,943,040 numbers, as peft prints for this model.
    expect(from.rows[0]!.trainableParameters).toBe(41_943_040);
    expect(from.rows).toEqual(options.rows);
    const { out } = await run('--from', file);
    expect(out).toContain(`From ${file}, of axolotl, base meta-llama/Llama-3.1-8B.`);
    expect(out).toContain(
      'the base in nf4 with double quantization, blocks run again, attention by flash, paged-8bit updates, autocast, no padding',
    );
    expect(out).toContain(
      'Batch 2 in each of 4 passes, 1024 tokens, adapters on query, key, value, output, gate, up, down, optimizer adamw.',
    );
    expect(out).toContain('Predicted without the kernels of LoRA that axolotl takes by itself');
    expect(out).not.toContain('Not read');
  });

  test('gives way to options, and names keys that it does not know', async () => {
    const file = await write('overridden.yml', axolotl('lora_rr: 8\n'));
    const { out } = await run(
      '--from',
      file,
      '--rank',
      '8',
      '--batch',
      '1',
      '--dtype',
      'bfloat16',
      '--targets',
      'q_proj',
    );
    expect(out).toContain('Not read: lora_rr (line 17).');
    expect(out).toContain('the base in bfloat16');
    expect(out).toContain('Batch 1 in each of 4 passes, 1024 tokens, adapters on query, optimizer adamw.');
  });

  test('counts the bytes of dropout, which needs a mask', async () => {
    const [without, dropped] = [await write('a.yml', axolotl()), await write('b.yml', axolotl('lora_dropout: 0.05\n'))];
    const [a, b] = await Promise.all([without, dropped].map((file) => json('--from', file, '--checkpointing', 'none')));
    expect(b!.rows[0]!.memory.total).toBeGreaterThan(a!.rows[0]!.memory.total);
  });

  test('takes the loss of Liger, which makes the logits of some tokens at a time', async () => {
    const liger = await write('liger.yml', axolotl('liger_fused_linear_cross_entropy: true\n'));
    const { out } = await run('--from', liger);
    expect(out).toContain('no padding, a fused loss');
    const [whole, fused] = await Promise.all(['whole', 'fused'].map((loss) => json('--from', liger, '--loss', loss)));
    // Numbers of 2,048 tokens by 128,256 words: logits in 2 bytes, their logarithms and two gradients in 4.
    const logits = 14 * 2048 * 128_256;
    const less = whole!.rows[0]!.memory.total - fused!.rows[0]!.memory.total;
    expect(less).toBeGreaterThan(0.5 * logits);
    expect(less).toBeLessThan(logits);
  });

  test('names line and key of a value that cannot be taken over, unless an option replaces it', async () => {
    const file = await write('refused.yml', axolotl('deepspeed: ds_z3.json\n'));
    const { status, err } = await run('--from', file);
    expect(status).toBe(3);
    expect(err).toContain(`${file}: line 17: deepspeed: "ds_z3.json" is not opened: say --gpus and --shard`);
    expect((await run('--from', file, '--gpus', '4', '--shard', 'zero3')).status).toBe(0);
  });

  test('names the line of a layer that the base does not have', async () => {
    const text = axolotl().replace('lora_target_linear: true', 'lora_target_modules: [q_proj, c_attn]');
    const { status, err } = await run('--from', await write('layers.yml', text));
    expect(status).toBe(3);
    expect(err).toContain('line 6: lora_target_modules: the base has no module like c_attn');
  });

  test('takes the base from the command, where a script of TRL names none, and its adapter from beside it', async () => {
    const path = join(made.models, 'trl');
    await mkdir(path);
    await writeFile(join(path, 'sft.json'), '{"max_length": 256, "per_device_train_batch_size": 2}');
    const none = await run('--from', join(path, 'sft.json'));
    expect([none.status, none.err]).toEqual([
      2,
      expect.stringContaining('names no base model: name one before --from'),
    ]);
    await writeFile(
      join(path, 'adapter_config.json'),
      '{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "use_dora": true, "target_modules": ["q_proj", "v_proj"]}',
    );
    const { rows, sequence } = await json(made.llama, '--from', join(path, 'sft.json'));
    expect([rows.map(({ method, rank }) => [method, rank]), sequence]).toEqual([[['dora', 4]], 256]);
  });

  test.each([
    ['a file that is not there', () => Promise.resolve(join(made.models, 'nowhere.yml')), 2, 'cannot be read (ENOENT)'],
    ['text that is not YAML', () => write('broken.yml', 'a: [1'), 3, 'is not YAML: line 1: '],
    ['larger than any configuration', () => write('large.yml', 'x'.repeat(2 ** 20 + 1)), 3, '1048576 are read'],
    ['keys of no tool', () => write('other.yml', 'title: x'), 3, 'is no file of peft, axolotl, LLaMA-Factory, TRL'],
  ])('ends with one line and a status if it is %s', async (_, file, expected, message) => {
    const { status, err } = await run('--from', await file());
    expect([status, err]).toEqual([expected, expect.stringContaining(message)]);
  });
});

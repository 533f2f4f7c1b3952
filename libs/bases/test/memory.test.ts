import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBase } from '@rankforge/peft';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gpt2Files, writeFiles } from '../../../test/support/gpt2-files.js';

const child = fileURLToPath(new URL('support/load-base.mjs', import.meta.url));
const [layers, width, vocabulary] = [12, 768, 50_257];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gpt2-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Tensors of GPT-2 (124 million parameters) as Hugging Face names them. */
function shapes(): Map<string, number[]> {
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
  const linear = (name: string, from: number, to: number): [string, number[]][] => [
    [`${name}.weight`, [from, to]],
    [`${name}.bias`, [to]],
  ];
  const block = (index: number) => [
    ...norm(`h.${index}.ln_1`),
    ...linear(`h.${index}.attn.c_attn`, width, 3 * width),
    ...linear(`h.${index}.attn.c_proj`, width, width),
    ...norm(`h.${index}.ln_2`),
    ...linear(`h.${index}.mlp.c_fc`, width, 4 * width),
    ...linear(`h.${index}.mlp.c_proj`, 4 * width, width),
  ];
  return new Map([
    ['wte.weight', [vocabulary, width]],
    ['wpe.weight', [1024, width]],
    ...Array.from({ length: layers }, (_, index) => block(index)).flat(),
    ...norm('ln_f'),
  ]);
}

/** A file of these tensors, all zero: holes that take no room on the disk and are read like any other bytes. */
async function writeZeros(path: string, dtype: 'F32' | 'BF16'): Promise<void> {
  const bytes = dtype === 'F32' ? 4 : 2;
  let end = 0;
  const header = Object.fromEntries(
    [...shapes()].map(([name, shape]) => {
      const begin = end;
      end += bytes * shape.reduce((product, size) => product * size, 1);
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([length, json]));
  await truncate(path, 8 + json.length + end);
}

test.each(['F32', 'BF16'] as const)(
  'loading GPT-2 stored as %s takes at most 1.2 times its bytes on the device',
  async (dtype) => {
    const config = { model_type: 'gpt2', n_embd: width, n_layer: layers, n_head: 12, vocab_size: vocabulary };
    await writeFiles(
      folder,
      new Map<string, string | Buffer>([...gpt2Files(), ['config.json', JSON.stringify(config)]]),
    );
    await writeZeros(join(folder, 'model.safetensors'), dtype);
    expect((await openBase(folder)).config).toMatchObject({ layers, width });

    const { device, peak } = JSON.parse(execFileSync(process.execPath, [child, folder], { encoding: 'utf8' })) as {
      device: number;
      peak: number;
    };
    // 124,439,808 parameters in float32. The device of wasm is in the same memory, so the peak holds the weights once.
    expect(device).toBe(4 * 124_439_808);
    expect(peak).toBeGreaterThan(device);
    expect(peak / device).toBeLessThan(1.2);
  },
  60_000,
);

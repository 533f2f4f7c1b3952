/** @file Folders that transformers wrote: loaded, and run. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEngine } from '../src/engine/engine.js';
import { lookup } from '../src/engine/fields.js';
import { linear } from '../src/engine/ops.js';
import { readSafetensors, writeSafetensors } from '../src/io/safetensors.js';
import type { LoadedBase } from '../src/models/base.js';
import { baseParameters } from '../src/models/config.js';
import { baseFiles, loadBase, openBase } from '../src/models/files.js';
import { hiddenStates, type ModelAccess } from '../src/models/forward.js';
import { tf } from '../src/tensor/tf.js';
import { expectClose } from './support/close.js';

const vector = JSON.parse(readFileSync(new URL('vectors/io/hugging_face_folders.json', import.meta.url), 'utf8')) as {
  tokens: number[];
  sequence: number;
  cases: { name: string; files: Record<string, string>; hidden: number[] }[];
};
const tokenizer = { version: '1.0', model: { type: 'BPE' } };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(index: number): Promise<void> {
  for (const [name, content] of Object.entries(vector.cases[index]!.files)) {
    await writeFile(join(folder, name), Buffer.from(content, 'base64'));
  }
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
}

/** Hidden states of the vector's tokens. */
function run(base: LoadedBase): Float32Array {
  const tensor = (path: string) => base.acquire(path);
  const biased = new Set(baseParameters(base.config).map(({ path }) => path));
  const bias = (path: string) => (biased.has(`${path}.bias`) ? (tensor(`${path}.bias`) as Tensor1D) : undefined);
  const access: ModelAccess = {
    tensor,
    linear: (path, x) => linear(x, tensor(`${path}.kernel`) as Tensor2D, bias(path)),
    lookup: (path, ids) => lookup(tensor(`${path}.kernel`) as Tensor2D, ids),
  };
  const size = vector.tokens.length / vector.sequence;
  const { sequence } = vector;
  const input = {
    size,
    sequence,
    inputs: Int32Array.from(vector.tokens),
    lengths: new Int32Array(size).fill(sequence),
  };
  return tf.tidy(() => hiddenStates(base.config, input, access).dataSync() as Float32Array);
}

describe('a folder that transformers wrote', () => {
  beforeAll(() => openEngine('wasm'));

  it.each(vector.cases.map(({ name }, index) => [name, index] as const))(
    'in %s computes the same',
    async (_, index) => {
      await write(index);
      const base = await loadBase(folder);
      expect(base.tokenizer).toEqual(tokenizer);
      expectClose(run(base), vector.cases[index]!.hidden, 1e-5, 'hidden states');
      base.dispose();
    },
  );

  it('computes the same under the names that layer norms had in the first years', async () => {
    const index = vector.cases.findIndex(({ name }) => name === 'BERT with a pooler');
    await write(index);
    const path = join(folder, 'model.safetensors');
    const { tensors } = readSafetensors(await readFile(path), path);
    const old = (name: string) =>
      name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
    const renamed = new Map([...tensors].map(([name, tensor]) => [old(name), tensor]));
    expect([...renamed.keys()].filter((name) => name.endsWith('gamma'))).toHaveLength(1 + 2 * 2);
    await writeFile(path, writeSafetensors(renamed));
    const base = await loadBase(folder);
    expectClose(run(base), vector.cases[index]!.hidden, 1e-5, 'hidden states');
    base.dispose();
  });

  it('is made of the files that decide what it computes', async () => {
    await write(2);
    const files = await baseFiles(folder);
    expect(files).toEqual([
      'config.json',
      'tokenizer.json',
      'model.safetensors.index.json',
      ...Object.keys(vector.cases[2]!.files).filter((name) => /-of-/.test(name)),
    ]);
    expect(files.length).toBeGreaterThan(4);
  });
});

describe('a folder whose files do not fit each other is refused', () => {
  type Json = Record<string, unknown>;
  const config = (change: (config: Json) => void) => async () => {
    const path = join(folder, 'config.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as Json;
    change(json);
    await writeFile(path, JSON.stringify(json));
  };
  const weights = (change: (tensors: ReturnType<typeof readSafetensors>['tensors']) => void) => async () => {
    const path = join(folder, 'model.safetensors');
    const { tensors } = readSafetensors(await readFile(path), path);
    change(tensors);
    await writeFile(path, writeSafetensors(tensors));
  };
  const c_fc = 'transformer.h.1.mlp.c_fc.weight';
  it.each([
    ['no config.json', () => rm(join(folder, 'config.json')), /config\.json: cannot be read \(ENOENT\)/],
    ['no tokenizer.json', () => rm(join(folder, 'tokenizer.json')), /tokenizer\.json: cannot be read \(ENOENT\)/],
    [
      'no weights',
      () => rm(join(folder, 'model.safetensors')),
      /neither model\.safetensors nor model\.safetensors\.index/,
    ],
    ['a tokenizer that is not JSON', () => writeFile(join(folder, 'tokenizer.json'), '{'), /tokenizer\.json: not JSON/],
    [
      'a config that is no object',
      () => writeFile(join(folder, 'config.json'), '3'),
      /config\.json: .*expected an object/,
    ],
    [
      'a field of the wrong kind',
      config((json) => {
        json.n_embd = 'eight';
      }),
      /config\.json: n_embd: expected a positive integer, got "eight"/,
    ],
    [
      'more layers than its weights have',
      config((json) => {
        json.n_layer = 9999;
      }),
      /config\.json: says 9999 layers, and the weights are 28 tensors/,
    ],
    [
      'more layers than there can be',
      config((json) => {
        json.n_layer = 2 ** 50;
      }),
      /config\.json: n_layer: expected at most 10000, got 1125899906842624/,
    ],
    [
      'an unknown model type',
      config((json) => {
        json.model_type = 'mamba';
      }),
      /config\.json: model_type: "mamba" is not supported/,
    ],
    [
      'an activation we lack',
      config((json) => {
        json.activation_function = 'silu';
      }),
      /config\.json: activation_function: /,
    ],
    [
      'a layer more than there is',
      config((json) => {
        json.n_layer = 3;
      }),
      /h\.2\.ln_1\.weight \[8\] is missing/,
    ],
    [
      'a layer less than there is',
      config((json) => {
        json.n_layer = 1;
      }),
      /transformer\.h\.1\.ln_1\.weight is no parameter of gpt2/,
    ],
    ['a missing tensor', weights((tensors) => tensors.delete(c_fc)), /h\.1\.mlp\.c_fc\.weight \[8,32\] is missing/],
    [
      'a surplus tensor',
      weights((tensors) => tensors.set('extra', tensors.get(c_fc)!)),
      /extra is no parameter of gpt2/,
    ],
    [
      'a tensor of another shape',
      weights((tensors) => tensors.set(c_fc, { shape: [1], values: new Float32Array(1) })),
      /transformer\.h\.1\.mlp\.c_fc\.weight is \[1\], expected \[8,32\]/,
    ],
    [
      'weights that are integers',
      async () => {
        // The header keeps its length, and int32 is as wide as float32.
        const path = join(folder, 'model.safetensors');
        const bytes = await readFile(path);
        bytes.write('I32', bytes.indexOf('F32', bytes.indexOf(c_fc)));
        await writeFile(path, bytes);
      },
      /c_fc\.weight \[8,32\] is missing; transformer\.h\.1\.mlp\.c_fc\.weight is I32, expected F32, F16, BF16/,
    ],
  ])('%s', async (_, spoil, message) => {
    await write(0);
    await spoil();
    await expect(openBase(folder)).rejects.toThrow(message);
    // Every message says which folder or file.
    await expect(openBase(folder)).rejects.toThrow(folder);
  });
});

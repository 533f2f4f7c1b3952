/** @file GGUF files: blocks, vocabularies and whole models against Python, and files that are damaged. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, openEngine, openTokenizer } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { hiddenStates, logitCap, tiedLogits, vocabularyTable } from '@rankforge/peft/internals';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AddBaseError, addFolder, addGguf } from '../src/add.js';
import { loadBaseModel } from '../src/base.js';
import { planModel } from '../src/gguf/architectures.js';
import { blockFormats } from '../src/gguf/blocks.js';
import { GgufError, readGgufHeader } from '../src/gguf/header.js';
import { tokenizerConfig, tokenizerJson } from '../src/gguf/tokenizer.js';
import { inputOf, plainAccess } from './support/plain-access.js';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`vectors/gguf/${name}.json`, import.meta.url), 'utf8')) as T;
const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));

let root = '';
let modelsDir = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gguf-'));
  modelsDir = join(root, 'models');
  await mkdir(modelsDir);
});
afterEach(() => rm(root, { recursive: true }));

const put = async (content: Uint8Array, name = 'Tiny.Q8_0.gguf') => {
  await writeFile(join(root, name), content);
  return join(root, name);
};

describe('blocks', () => {
  const { cases } = read<{ cases: { format: string; type: number; blocks: string; values: string }[] }>('blocks');

  test('have a vector for every format that is read', () => {
    expect(cases.map(({ format }) => format).sort()).toEqual([...blockFormats.values()].map(({ name }) => name).sort());
  });

  test.each(cases.map((one) => [one.format, one] as const))('of %s have the values of Python, to the bit', (_, one) => {
    const format = blockFormats.get(one.type)!;
    const [blocks, expected] = [bytesOf(one.blocks), new Float32Array(bytesOf(one.values).buffer)];
    expect([format.name, expected.length / format.values]).toEqual([one.format, blocks.length / format.bytes]);
    if (format.dequantize === undefined) {
      // The bytes are stored as they are; safetensors knows the type by the same name.
      expect([format.name, format.bytes]).toEqual([format.dtype, blocks.length / expected.length]);
      return;
    }
    const values = new Float32Array(expected.length);
    format.dequantize(blocks, values);
    expect(values).toEqual(expected);
  });
});

describe('the tokenizer of a file', () => {
  const { kinds } = read<{
    kinds: { name: string; file: string; cases: { text: string; ids: number[]; special: number[] }[] }[];
  }>('vocabularies');

  test('refuses a token that is too long to be cut at every place', async () => {
    const headers = await Promise.all(
      kinds.map(async ({ name, file }) => readGgufHeader(await put(bytesOf(file), `${name}.gguf`))),
    );
    const header = headers.find(({ metadata }) => metadata.get('tokenizer.ggml.model') === 'llama')!;
    const tokens = [...(header.metadata.get('tokenizer.ggml.tokens') as string[])];
    tokens[3] = 'a'.repeat(1025);
    const metadata = new Map(header.metadata).set('tokenizer.ggml.tokens', tokens);
    expect(() => tokenizerJson({ ...header, metadata })).toThrow(
      'key tokenizer.ggml.tokens: token 3 has 1025 characters; at most 1024 are read',
    );
  });

  test.each(kinds.map((kind) => [kind.name, kind] as const))('of %s gives the ids of Python', async (_, kind) => {
    const { encode, frame } = openTokenizer(tokenizerJson(await readGgufHeader(await put(bytesOf(kind.file)))));
    for (const { text, ids, special } of kind.cases) {
      expect(encode(text), text).toEqual(ids);
      expect([...frame.before, ...encode(text), ...frame.after], text).toEqual(special);
    }
  });
});

interface ModelCase {
  name: string;
  file: string;
  tokens: number[];
  every: number;
  logits: number[][];
}
const { cases: models } = read<{ cases: ModelCase[] }>('models');

describe('a model', () => {
  test.each(models.map((one) => [one.name, one] as const))('%s, has the logits of transformers', async (_, one) => {
    const engine = await openEngine('wasm');
    const file = await put(bytesOf(one.file));
    const base = await addGguf(file, { modelsDir });
    expect(base.name).toBe('tiny-q8-0');
    const { model } = await loadBaseModel(join(modelsDir, base.name));
    const access = plainAccess(model);
    const logits = tf.tidy(() => {
      const states = hiddenStates(model.config, inputOf([one.tokens]), access);
      const every = Int32Array.from(one.tokens.keys());
      return tiedLogits(states, vocabularyTable(model.config, access), every, logitCap(model.config)).arraySync();
    });
    const largest = Math.max(...one.logits.flat().map(Math.abs));
    logits.forEach((row, position) => {
      one.logits[position]!.forEach((expected, index) => {
        expect(Math.abs(row[index * one.every]! - expected) / largest).toBeLessThan(Math.min(1e-4, engine.tolerance));
      });
    });
    model.dispose();
  });

  test('takes the rule of Llama 3.1 for frequencies from the factors in the file', async () => {
    const one = models.find(({ name }) => name.startsWith('Llama 3.1'))!;
    const base = await addGguf(await put(bytesOf(one.file)), { modelsDir });
    expect(base.config).toMatchObject({
      rotary: {
        base: 500_000,
        scaling: {
          kind: 'llama3',
          factor: 8,
          lowFrequencyFactor: 1,
          highFrequencyFactor: 4,
          originalContextLength: 8192,
        },
      },
    });
    const other = Buffer.from(one.file, 'base64');
    const { tensors } = await readGgufHeader(await put(other));
    other.writeFloatLE(3, tensors.get('rope_freqs.weight')!.begin);
    await expect(addGguf(await put(other), { modelsDir, name: 'other' })).rejects.toThrow(
      /rope_freqs\.weight: the frequencies are scaled by another rule/,
    );
  });

  test('says where it came from and how it was stored', async () => {
    const file = await put(bytesOf(models[0]!.file));
    const base = await addGguf(file, { modelsDir, name: 'tiny' });
    const provenance = JSON.parse(await readFile(join(modelsDir, 'tiny', 'provenance.json'), 'utf8'));
    expect(provenance).toEqual({
      madeBy: 'rankforge base add',
      source: file,
      file: 'Tiny.Q8_0.gguf',
      fileSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      model: 'tiny llama',
      licence: 'mit',
      quantization: { Q8_0: 7, F32: 5, Q4_1: 8 },
      storedAs: ['F32'],
    });
    expect(base.config).toMatchObject({ architecture: 'llama', normEpsilon: 1e-5, tied: true, keyHeads: 2 });
    expect((await readdir(join(modelsDir, 'tiny'))).sort()).toEqual([
      '.gitignore',
      'config.json',
      'model.safetensors',
      'provenance.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  test('brings along the token that ends texts, which a tokenizer of the model then names', async () => {
    const file = await put(bytesOf(models[0]!.file));
    const header = await readGgufHeader(file);
    const ends = (id: number) => new Map([...header.metadata, ['tokenizer.ggml.eos_token_id', id]]);
    expect(planModel({ ...header, metadata: ends(7) }, undefined).config).toMatchObject({ eos_token_id: 7 });
    const framed = new Map([...ends(7), ['tokenizer.ggml.bos_token_id', 1], ['tokenizer.ggml.padding_token_id', 2]]);
    expect(planModel({ ...header, metadata: framed }, undefined).config).toMatchObject({
      bos_token_id: 1,
      eos_token_id: 7,
      pad_token_id: 2,
    });
    expect(planModel({ ...header, metadata: ends(1_000_000) }, undefined).config).not.toHaveProperty('eos_token_id');
    expect(planModel(header, undefined).config).not.toHaveProperty('eos_token_id');

    await addGguf(file, { modelsDir, name: 'tiny' });
    const config = join(modelsDir, 'tiny', 'config.json');
    const given = JSON.parse(await readFile(config, 'utf8'));
    const endOf = async (id: unknown) => {
      await writeFile(config, JSON.stringify({ ...given, eos_token_id: id }));
      const { model, tokenizer } = await loadBaseModel(join(modelsDir, 'tiny'));
      model.dispose();
      return tokenizer.end;
    };
    expect(await endOf(7)).toBe(7);
    // The first of several is learned.
    expect(await endOf([5, 6])).toBe(5);
    for (const none of [undefined, null, 1_000_000, -1, 'end']) expect(await endOf(none)).toBeUndefined();
  });

  test('takes the one GGUF file of a folder, and names the files where there are several', async () => {
    await mkdir(join(root, 'folder'));
    await writeFile(join(root, 'folder', 'a.gguf'), bytesOf(models[0]!.file));
    expect(await addFolder(join(root, 'folder'), { modelsDir })).toMatchObject({ name: 'a' });
    await writeFile(join(root, 'folder', 'b.gguf'), '');
    await expect(addFolder(join(root, 'folder'), { modelsDir })).rejects.toThrow(
      /folder holds a\.gguf, b\.gguf: name the file/,
    );
  });
});

test('the tokenizer of a file keeps the names of its special tokens and the layout of a conversation', async () => {
  const header = await readGgufHeader(await put(bytesOf(models[0]!.file)));
  const tokens = header.metadata.get('tokenizer.ggml.tokens') as string[];
  const plain = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    model_max_length: header.metadata.get('llama.context_length'),
  };
  expect(tokenizerConfig(header)).toEqual(plain);
  const said = (more: [string, string | number][]) => ({ ...header, metadata: new Map([...header.metadata, ...more]) });
  const template = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
  const all = ['bos', 'eos', 'unknown', 'padding'].map((name, id): [string, number] => [
    `tokenizer.ggml.${name}_token_id`,
    id + 3,
  ]);
  expect(tokenizerConfig(said([...all, ['tokenizer.chat_template', template]]))).toEqual({
    ...plain,
    bos_token: tokens[3],
    eos_token: tokens[4],
    unk_token: tokens[5],
    pad_token: tokens[6],
    chat_template: template,
  });
  expect(tokenizerConfig(said([['tokenizer.ggml.padding_token_id', tokens.length]]))).toEqual(plain);
  expect(() => tokenizerConfig(said([['tokenizer.chat_template', 5]]))).toThrow(
    'key tokenizer.chat_template: expected a text, got 5',
  );
});

describe('a file', () => {
  const whole = Buffer.from(models[0]!.file, 'base64');
  /** The file with bytes of it replaced. */
  const changed = (at: number, ...bytes: number[]) => {
    const copy = Buffer.from(whole);
    copy.set(bytes, at);
    return copy;
  };
  /** The file with the value of a key changed, whose bytes before the value are `key` and a type of four bytes. */
  const withKey = (key: string, ...bytes: number[]) => changed(whole.indexOf(key) + key.length + 4, ...bytes);
  const tensorAt = (name: string) => whole.indexOf(name) + name.length;
  const huge = [255, 255, 255, 255, 255, 255, 255, 127];

  test.each<[string, Buffer, RegExp]>([
    ['that is empty', Buffer.alloc(0), /ends in the middle of its header \(0 bytes\)/],
    ['of another kind', changed(0, 1), /does not begin with "GGUF"/],
    ['of another version', changed(4, 9), /is of version 9, expected 2 or 3/],
    ['of a big-endian machine', changed(4, 0, 0, 0, 3), /is big-endian/],
    ['that is cut in its header', whole.subarray(0, 7000), /ends in the middle of its header \(7000 bytes\)/],
    [
      'that is cut in its weights',
      whole.subarray(0, -100),
      /tensor output_norm\.weight: lies at \d+ and takes 128 bytes/,
    ],
    ['of too many tensors', changed(8, ...huge), /says \d+ tensors, which a file of \d+ bytes does not hold/],
    ['of too many keys', changed(16, ...huge), /says \d+ keys, which/],
    ['with a text that is too long', changed(24, ...huge), /says \d+ bytes of a text, which/],
    [
      'with too many tokens',
      changed(whole.indexOf('tokenizer.ggml.tokens') + 21 + 8, ...huge),
      /says \d+ texts of tokenizer\.ggml\.tokens, which/,
    ],
    [
      'with a type of key that there is not',
      withKeyType('general.name', 77),
      /key general\.name is of the unknown type 77/,
    ],
    ['with a wrong alignment', withAlignment(0), /general\.alignment must be a number of bytes, got 0/],
    [
      'of an unknown architecture',
      changed(whole.indexOf('general.architecture') + 32, ...Buffer.from('lxama')),
      /general\.architecture is "lxama"; expected/,
    ],
    [
      'with no heads',
      withKey('llama.attention.head_count', 0, 0, 0, 0),
      /key llama\.attention\.head_count: expected a/,
    ],
    ['whose heads do not fit', withKey('llama.attention.head_count', 3, 0, 0, 0), /not those of the configuration|key/],
    ['of too many dimensions', changed(tensorAt('blk.0.attn_q.weight'), 9), /blk\.0\.attn_q\.weight: has 9 dimensions/],
    [
      'with a size that overflows',
      changed(tensorAt('blk.0.attn_q.weight') + 4, ...huge, ...huge),
      /blk\.0\.attn_q\.weight: has a size of/,
    ],
    [
      'with rows of half a block',
      changed(tensorAt('blk.0.attn_q.weight') + 4, 40, 0),
      /shape 32 × 40 is no whole number of blocks of Q4_1/,
    ],
    [
      'with more rows than bytes',
      changed(tensorAt('blk.1.ffn_up.weight') + 12, 255, 255, 255),
      /blk\.1\.ffn_up\.weight: lies at \d+ and takes \d+ bytes, and the file has/,
    ],
    [
      'of a format that is not read',
      changed(tensorAt('blk.0.attn_q.weight') + 20, 10),
      /is of Q2_K, which is not read/,
    ],
    ['of a format that there is not', changed(tensorAt('blk.0.attn_q.weight') + 20, 200), /is of the unknown type 200/],
    ['with an offset out of it', changed(tensorAt('blk.0.attn_q.weight') + 24, ...huge), /offset|lies at/],
    [
      'with tensors that overlap',
      changed(tensorAt('blk.0.attn_q.weight') + 24, 0, 0, 0, 0),
      /overlaps the one before it/,
    ],
    ['with a tensor of another layer', withText('blk.1.attn_q.weight', 'blk.1.attn_x.weight'), /belongs to no layer/],
    [
      'with a tensor twice',
      withText('blk.1.attn_q.weight', 'blk.0.attn_q.weight'),
      /blk\.0\.attn_q\.weight: is there twice/,
    ],
    ['with another tokenizer', withText('gpt-2', 'gpt-9'), /tokenizer\.ggml\.pre: "gpt-9" is not supported; expected/],
  ])('%s is refused, and leaves nothing behind', async (_, content, message) => {
    const file = await put(content);
    await expect(addGguf(file, { modelsDir })).rejects.toThrow(AddBaseError);
    await expect(addGguf(file, { modelsDir })).rejects.toThrow(message);
    expect(await readdir(modelsDir)).toEqual([]);
  });

  test('with any of its header changed is read, or refused with its name', async () => {
    const random = createRandom(11);
    const end = whole.indexOf('output_norm.weight') + 60;
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const copy = Buffer.from(whole);
      const at = round % 2 === 0 ? random.integer(end) : random.integer(64);
      copy[at] = random.integer(256);
      const file = await put(round % 3 === 0 ? copy.subarray(0, 1 + random.integer(end)) : copy);
      await readGgufHeader(file).catch((error: Error) => {
        expect(error).toBeInstanceOf(GgufError);
        expect(error.message).toContain(file);
        refused++;
      });
    }
    expect(refused).toBeGreaterThan(100);
  });

  function withKeyType(key: string, type: number): Buffer {
    return changed(whole.indexOf(key) + key.length, type);
  }

  /** A text in place of one of the same length. */
  function withText(from: string, to: string): Buffer {
    return changed(whole.lastIndexOf(from), ...Buffer.from(from.length === to.length ? to : ''));
  }

  /** The value of a key that has the length of `general.alignment`, which the file lacks. */
  function withAlignment(value: number): Buffer {
    const [key, name] = ['llama.block_count', 'general.alignment'];
    expect(key).toHaveLength(name.length);
    const copy = changed(whole.indexOf(key), ...Buffer.from(name));
    copy.writeUInt32LE(value, copy.indexOf(name) + name.length + 4);
    return copy;
  }
});

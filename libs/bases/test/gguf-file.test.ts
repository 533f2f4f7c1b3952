/** @file GGUF files that stay as they are in the models folder, for generators. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ggufBytes, ggufChat, ggufDigest } from '../src/index.js';
import { withChatTemplate } from './support/gguf-chat-template.js';

let root = '';
let modelsDir = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gguf-file-'));
  modelsDir = join(root, 'models');
  await mkdir(modelsDir);
});
afterEach(() => rm(root, { recursive: true }));

describe('ggufDigest', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

  it('gives the path and the digest of a file, and the digest anew when the file changed', async () => {
    const file = join(modelsDir, 'one.gguf');
    await writeFile(file, 'first');
    expect(await ggufDigest(modelsDir, 'one.gguf')).toMatchObject({ fileSha256: sha256('first') });
    await writeFile(file, 'second');
    expect(await ggufDigest(modelsDir, 'one.gguf')).toMatchObject({ fileSha256: sha256('second') });
  });

  it('refuses what is not there, is no file, or leads out of the folder', async () => {
    await expect(ggufDigest(modelsDir, 'none.gguf')).rejects.toThrow(
      'there is no file none.gguf in the models folder (ENOENT)',
    );
    await mkdir(join(modelsDir, 'folder.gguf'));
    await expect(ggufDigest(modelsDir, 'folder.gguf')).rejects.toThrow('folder.gguf in the models folder is no file');
    await writeFile(join(root, 'outside.gguf'), 'secret');
    await symlink(join(root, 'outside.gguf'), join(modelsDir, 'link.gguf'));
    await expect(ggufDigest(modelsDir, 'link.gguf')).rejects.toThrow('link.gguf lies elsewhere than in the models');
    await expect(ggufDigest(modelsDir, '../outside.gguf')).rejects.toThrow('lies elsewhere than in the models folder');
  });
});

describe('ggufBytes', () => {
  const { cases } = JSON.parse(readFileSync(new URL('vectors/gguf/models.json', import.meta.url), 'utf8')) as {
    cases: { file: string }[];
  };
  const whole = Buffer.from(cases[0]!.file, 'base64');

  it('counts the file, keys and values of the context that the model has, and logits', async () => {
    const file = join(modelsDir, 'tiny.gguf');
    await writeFile(file, whole);
    const { length } = whole;
    // Two layers keep keys and values of two heads of 8 in float16; 500 logits of each token are float32.
    expect(await ggufBytes(file, 16)).toBe(length + 2 * 16 * 2 * (8 + 8) * 2 + 16 * 500 * 4);
    // The model reads 64 tokens, however many are asked for.
    expect(await ggufBytes(file, 4096)).toBe(length + 2 * 64 * 2 * (8 + 8) * 2 + 64 * 500 * 4);
  });

  it('names what is wrong with a file', async () => {
    const file = join(modelsDir, 'cut.gguf');
    await writeFile(file, whole.subarray(0, 100));
    await expect(ggufBytes(file, 64)).rejects.toThrow(
      /cut\.gguf: says 20 tensors, which a file of 100 bytes does not hold/,
    );
  });
});

/** A file with a tokenizer, in base 64. */
function tinyFile(): string {
  const vectors = readFileSync(new URL('vectors/gguf/models.json', import.meta.url), 'utf8');
  return (JSON.parse(vectors) as { cases: { file: string }[] }).cases[0]!.file;
}

describe('ggufChat', () => {
  it('gives the template of a file, and the names of its control tokens', async () => {
    const bare = Buffer.from(tinyFile(), 'base64');
    const file = join(modelsDir, 'tiny.gguf');
    await writeFile(file, bare);
    const facts = { tokens: {}, controls: ['<|endoftext|>'], added: [] };
    expect(await ggufChat(file)).toEqual(facts);
    const template = '{{ messages[0].content }}';
    await writeFile(file, withChatTemplate(bare, template));
    const { template: read, ...rest } = await ggufChat(file);
    expect([read!.trim(), rest]).toEqual([template, facts]);
    // Tensors lie where they did: the same values are read.
    expect((await ggufBytes(file, 16)) - (await ggufBytes(file, 15))).toBe(2 * 2 * (8 + 8) * 2 + 500 * 4);
  });

  it('reads a file that says no types of tokens, as llama.cpp does', async () => {
    const bare = Buffer.from(tinyFile(), 'base64');
    const key = 'tokenizer.ggml.token_type';
    bare.write('tokenizer.ggml.token_typo', bare.indexOf(key), 'latin1');
    const file = join(modelsDir, 'untyped.gguf');
    await writeFile(file, withChatTemplate(bare, '{{ messages[0].content }}'));
    expect(await ggufChat(file)).toMatchObject({
      template: expect.stringContaining('messages[0]'),
      controls: [],
      added: [],
    });
  });
});

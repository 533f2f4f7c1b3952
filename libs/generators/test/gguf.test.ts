/** @file GGUF files as generators: what is asked of llama.cpp, by a stand-in; and llama.cpp itself beside our engine, where it was added. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addGguf, chosenChat, ggufChat, loadBaseModel, openAsking } from '@rankforge/bases';
import { openEngine } from '@rankforge/peft';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineOptions } from '../../../test/support/engines.js';
import { withChatTemplate } from '../../bases/test/support/gguf-chat-template.js';
import { baseGenerator, ggufIdentity, openGguf } from '../src/index.js';
import { nextLogit, putLlama } from './support/llama.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gguf-generator-'));
});
afterEach(() => rm(root, { recursive: true }));

const fileSha256 = 'd'.repeat(64);
const opened = (more: Partial<Parameters<typeof openGguf>[0]> = {}) =>
  openGguf({
    ...{ name: 'digits', file: 'digits.gguf', sha256: fileSha256, template: 'plain', context: 64 },
    enginesFolder: root,
    ...more,
  });
const greedy = { maxTokens: 4, temperature: 0, seed: 0, stop: [] };

describe('a GGUF file as a generator', () => {
  it('says how llama.cpp is added where it is not there', async () => {
    await expect(opened()).rejects.toThrow(
      `llama.cpp is not on this machine (looked in ${join(root, 'llama/node_modules/node-llama-cpp')}): add it with \`rankforge engine add llama\`, where workers run`,
    );
    await putLlama(root, '1.2.3', 'export const getLlama = async () => { throw new Error("no binary"); };');
    await expect(opened()).rejects.toThrow(/does not start: no binary; add it again with/);
  });

  it.each(['', 'yes', undefined])(
    'keeps a CI of the environment from the package, and puts it back: %o',
    async (ci) => {
      // The package reads it so as it is loaded, and again in a process of its own.
      const reads = `
      const reads = () => { if (!['true', 'false', '1', '0'].includes(process.env.CI ?? 'false')) throw new Error('CI cannot be read'); };
      reads();
      export const getLlama = async () => { reads(); throw new Error('read'); };`;
      await putLlama(root, `2.0.0-${ci ?? 'none'}`, reads);
      const before = process.env.CI;
      if (ci === undefined) delete process.env.CI;
      else process.env.CI = ci;
      try {
        await expect(opened()).rejects.toThrow(/does not start: read; add it again with/);
        expect(process.env.CI).toBe(ci);
      } finally {
        if (before === undefined) delete process.env.CI;
        else process.env.CI = before;
      }
    },
  );

  it('names a file that llama.cpp cannot open', async () => {
    await putLlama(root);
    await expect(opened({ file: 'other.gguf' })).rejects.toThrow(
      'digits: llama.cpp cannot open other.gguf: no model of digits',
    );
  });

  it('writes until the most tokens, the end of the model, or before a stop', async () => {
    await putLlama(root);
    const generator = await opened();
    expect(await generator.generate('3', greedy)).toMatchObject({
      text: '4567',
      ended: 'length',
      // The token that begins a text, and the digit.
      usage: { tokens: { read: 2, written: 4 } },
    });
    expect(await generator.generate('7', greedy)).toMatchObject({ text: '89', ended: 'stop' });
    expect(await generator.generate('3', { ...greedy, stop: ['6'] })).toMatchObject({ text: '45', ended: 'stop' });
  });

  it('scores continuations as the product of their steps', async () => {
    await putLlama(root);
    const { logProbabilities, usage } = (await (await opened()).score('1', ['2', '5', '23', '29', '42']))!;
    // Ten digits: the next one of logit 2, nine of logit 0. After 9 all are alike.
    const all = Math.log(Math.exp(nextLogit) + 9);
    const [likely, other] = [nextLogit - all, -all];
    const expected = [likely, other, 2 * likely, likely + other, 2 * other];
    for (const [at, value] of expected.entries()) expect(logProbabilities[at]).toBeCloseTo(value, 12);
    expect(usage.tokens).toEqual({ read: 2, written: 0 });
  });

  it('reads the control tokens of its template, and none that a prompt or a continuation names', async () => {
    await putLlama(root);
    const generator = await opened({ template: 'chatml' });
    const named = 'Say 3.<|im_end|>\n<|im_start|>assistant\nNo';
    const { tokens } = (await generator.generate(named, greedy)).usage;
    // The token that begins a text, <|im_start|>, 3, <|im_end|> and <|im_start|>.
    expect(tokens).toEqual({ read: 5, written: 4 });
    await expect(generator.score('3', ['<|im_end|>'])).rejects.toThrow('continuation 0 has no token');
  });

  it('answers by its own template, whose tokens alone are read, until its turn ends', async () => {
    await putLlama(root);
    const names = ['<|im_start|>', '<|im_end|>'];
    const template = { prompt: (text: string) => `<|im_start|>${text}`, lead: '', end: undefined, names };
    const own = await opened({ template });
    // No token begins the text but that of the template: 0 and 3.
    expect(await own.generate('3<|im_end|>', greedy)).toMatchObject({ text: '4567', usage: { tokens: { read: 2 } } });
    const ending = await opened({ template: { ...template, end: '6' } });
    expect(await ending.generate('3', greedy)).toMatchObject({ text: '45', ended: 'stop' });
    await expect(own.score('3', ['<|im_end|>'])).rejects.toThrow('continuation 0 has no token');
  });

  it('draws the same for a seed, and otherwise for another seed or prompt', async () => {
    await putLlama(root);
    const generator = await opened();
    const drawn = async (seed: number, prompt = '0') =>
      (await generator.generate(prompt, { ...greedy, temperature: 1, seed })).text;
    const texts = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => drawn(seed)));
    expect(await drawn(1)).toBe(texts[0]);
    expect(new Set(texts).size).toBeGreaterThan(1);
    const others = [1, 2, 3, 4, 5, 6].map((seed) => drawn(seed, '00'));
    expect(await Promise.all(others)).not.toEqual(texts);
  });

  it('refuses a prompt that leaves no room in the context, which is that of the model at most', async () => {
    await putLlama(root);
    await expect((await opened()).generate('1'.repeat(30), greedy)).rejects.toThrow(
      'digits: a prompt of 31 tokens leaves no room for 4 more: the model reads 32 in all',
    );
    await expect((await opened({ context: 8 })).score('1'.repeat(8), ['2'])).rejects.toThrow(
      'the model reads 8 in all',
    );
    await expect((await opened()).score('1', ['2', 'x'])).rejects.toThrow('continuation 1 has no token');
  });

  it('differs by file, template and release of llama.cpp, and not by context', async () => {
    await putLlama(root);
    const digest = async (more: Parameters<typeof opened>[0] = {}) => (await opened(more)).identity();
    const plain = { fileSha256, template: 'plain' } as const;
    const of = (more: Partial<Parameters<typeof ggufIdentity>[0]> = {}) => ({
      sha256: ggufIdentity({ ...plain, ...more }),
    });
    const own = await digest(of());
    expect(own).toMatchObject({ model: 'digits', reproducible: true });
    expect(own.sha256).not.toBe(of().sha256);
    expect((await digest({ ...of(), context: 16 })).sha256).toBe(own.sha256);
    const others = [
      of({ template: 'chatml' }),
      of({ template: 'model', chat: { sha256: 'a'.repeat(64) } }),
      of({ template: 'model', chat: { sha256: 'b'.repeat(64) } }),
      of({ fileSha256: 'e'.repeat(64) }),
    ];
    const digests = await Promise.all(others.map(async (other) => (await digest(other)).sha256));
    expect(new Set([own.sha256, ...digests]).size).toBe(5);
    await putLlama(root, '1.2.4');
    expect((await digest(of())).sha256).not.toBe(own.sha256);
  });
});

const { enginesFolder: folder } = engineOptions;
const addedLlama = existsSync(join(folder, 'llama', 'engine.json')) ? [folder] : [];

/** Files of llama.cpp's own Python library, see libs/bases/test/oracle; most lossless first. */
const vectors = new URL('../../bases/test/vectors/gguf/models.json', import.meta.url);

describe.each(addedLlama)('llama.cpp itself', (enginesFolder) => {
  it('scores and writes as our engine does with the same file', async () => {
    const { cases } = JSON.parse(readFileSync(vectors, 'utf8')) as { cases: { name: string; file: string }[] };
    const file = join(root, 'tiny.gguf');
    await writeFile(file, Buffer.from(cases.find(({ name }) => name.includes('float16'))!.file, 'base64'));
    await mkdir(join(root, 'models'));
    await addGguf(file, { modelsDir: join(root, 'models') });
    await openEngine('wasm');
    const loaded = await loadBaseModel(join(root, 'models', 'tiny'));
    const facts = { name: 'tiny', template: 'plain' as const };
    const ours = baseGenerator({ ...facts, ...loaded, sha256: fileSha256, engine: 'wasm' });
    const theirs = await openGguf({ ...facts, file, sha256: fileSha256, context: 64, enginesFolder });
    try {
      const asked = ['the cat', ['a', 'b', 'ab', 'the']] as const;
      const [own, other] = [(await ours.score(...asked))!, (await theirs.score(...asked))!];
      expect(other.usage.tokens).toEqual(own.usage.tokens);
      for (const [at, value] of own.logProbabilities.entries()) {
        // Keys and values are float16 there.
        expect(other.logProbabilities[at]).toBeCloseTo(value, 1);
      }
      const template =
        "{{ '<|endoftext|>' }}{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}";
      const chat = join(root, 'chat.gguf');
      await writeFile(chat, withChatTemplate(await readFile(file), template));
      const found = await ggufChat(chat);
      const layout = { ...facts, template: openAsking(chosenChat(found)!, found), sha256: fileSha256 };
      const asking = [
        baseGenerator({ ...layout, ...loaded, engine: 'wasm' }),
        await openGguf({ ...layout, file: chat, context: 64, enginesFolder }),
      ];
      const read: number[] = [];
      for (const each of asking) {
        read.push((await each.generate('the <|endoftext|>cat', greedy)).usage.tokens!.read);
        await each.dispose();
      }
      expect(read[1]).toBe(read[0]);
      const drawn = (seed: number) => theirs.generate('the', { ...greedy, temperature: 1, seed });
      expect((await drawn(5)).text).toBe((await drawn(5)).text);
      expect((await theirs.generate('the', greedy)).text).toBe((await theirs.generate('the', greedy)).text);
    } finally {
      ours.dispose();
      loaded.model.dispose();
      await theirs.dispose();
    }
  });
});

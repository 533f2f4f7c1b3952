/** @file The built-in base as a generator. Its logits are held to Python elsewhere: here, that what is asked of it follows from them. */
import { fileURLToPath } from 'node:url';
import { loadBaseModel } from '@rankforge/bases';
import { openEngine } from '@rankforge/peft';
import { tf } from '@rankforge/peft/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adapterIdentity, baseGenerator, baseIdentity } from '../src/index.js';

const folder = fileURLToPath(new URL('../../../models/nano-sotu', import.meta.url));
const asked = { maxTokens: 8, temperature: 0, seed: 0, stop: [] };

describe('a base as a generator', () => {
  let loaded: Awaited<ReturnType<typeof loadBaseModel>>;
  let generator: ReturnType<typeof baseGenerator>;
  const opened = () =>
    baseGenerator({ ...loaded, name: 'nano-sotu', sha256: 'c'.repeat(64), engine: 'wasm', template: 'plain' });
  beforeAll(async () => {
    await openEngine('wasm');
    loaded = await loadBaseModel(folder);
    generator = opened();
  });
  afterAll(() => {
    generator.dispose();
    loaded.model.dispose();
  });

  it('writes the same again, token by token the likeliest by its own scores', async () => {
    const prompt = 'The people of the United';
    const { text, ended, usage } = await generator.generate(prompt, asked);
    expect(await opened().generate(prompt, asked)).toMatchObject({ text, ended: 'length' });
    expect(ended).toBe('length');
    expect(usage.tokens).toEqual({ read: loaded.tokenizer.encode(prompt).length, written: 8 });
    const others = [' States', ' whale', ' of', ' and', text];
    const first = await generator.score(
      prompt,
      others.map((other) => loaded.tokenizer.decode(loaded.tokenizer.encode(other).slice(0, 1))),
    );
    expect(Math.max(...first!.logProbabilities)).toBe(first!.logProbabilities.at(-1));
  });

  it('scores a continuation as the product of its steps, however many it is asked for at once', async () => {
    const [prompt, a, b] = ['The Congress', ' of the', ' of'];
    const together = (await generator.score(prompt, [a, b, ' the']))!.logProbabilities;
    const alone = async (after: string, text: string) => (await generator.score(after, [text]))!.logProbabilities[0]!;
    expect(together[0]).toBeCloseTo((await alone(prompt, b)) + (await alone(`${prompt}${b}`, ' the')), 4);
    expect(together).toEqual([await alone(prompt, a), await alone(prompt, b), await alone(prompt, ' the')]);
  });

  it('reads no control token that a prompt or a continuation names', async () => {
    const end = '<|endoftext|>';
    expect(loaded.tokenizer.controls).toEqual([end]);
    const written = async (prompt: string) => {
      const { text, usage } = await generator.generate(prompt, asked);
      return { text, tokens: usage.tokens };
    };
    expect(await written(`The people${end} of`)).toEqual(await written('The people  of'));
    // A name within a name leaves none either.
    expect(await written(`The people<|endof${end}text|> of`)).toEqual(await written('The people<|endof text|> of'));
    const [own, other] = (await generator.score('We', [` the${end}`, ' the ']))!.logProbabilities;
    expect(own).toBe(other);
  });

  it('answers by the chat template of its model, without the token that begins its texts, until its turn ends', async () => {
    const { tokenizer } = loaded;
    const [end] = tokenizer.controls;
    const { text: first } = await generator.generate('We', { ...asked, maxTokens: 1 });
    const template = { prompt: (message: string) => `${end}${message}`, lead: ' ', end: undefined, names: [end!] };
    const framed = { ...tokenizer, frame: { before: tokenizer.encode(end!), after: [] } };
    const options = { ...loaded, name: 'nano-sotu', sha256: 'c'.repeat(64), engine: 'wasm' } as const;
    const own = baseGenerator({ ...options, tokenizer: framed, template });
    const plain = baseGenerator({ ...options, tokenizer: framed, template: 'plain' });
    const [mine, same] = [await own.generate('We', asked), await plain.generate('We', asked)];
    expect([mine.text, mine.usage.tokens]).toEqual([same.text, same.usage.tokens]);
    const scores = async (of: typeof own, continuation: string) => (await of.score('We', [continuation]))!;
    expect((await scores(own, 'the')).logProbabilities).toEqual((await scores(plain, ' the')).logProbabilities);

    // The turn ends by the token that would be written first.
    const ending = baseGenerator({ ...options, template: { ...template, prompt: (of) => of, end: first } });
    expect(await ending.generate('We', asked)).toMatchObject({ text: '', ended: 'stop' });
    for (const each of [own, plain, ending]) each.dispose();
  });

  it('draws another text for another seed, and the same for the same', async () => {
    const drawn = async (seed: number) => (await generator.generate('We', { ...asked, temperature: 1, seed })).text;
    expect(await drawn(1)).toBe(await drawn(1));
    expect(await drawn(1)).not.toBe(await drawn(2));
  });

  it('ends before what it is to stop at', async () => {
    const { text } = await generator.generate('We', asked);
    const stop = text.trim().split(' ')[1]!;
    const stopped = await generator.generate('We', { ...asked, stop: [stop] });
    expect(stopped).toMatchObject({ text: text.slice(0, text.indexOf(stop)), ended: 'stop' });
  });

  it('refuses a prompt that is longer than its context', async () => {
    await expect(generator.generate('people '.repeat(80), asked)).rejects.toThrow(
      /^nano-sotu: a prompt of \d+ tokens leaves no room for 8 more: the model reads 64 in all; shorten the prompt/,
    );
  });

  it('refuses a prompt or a continuation without a token', async () => {
    await expect(generator.generate('', asked)).rejects.toThrow('nano-sotu: the prompt has no token');
    await expect(generator.score('We', ['a', ''])).rejects.toThrow('nano-sotu: continuation 1 has no token');
  });

  it('leaves no tensor on the device', async () => {
    const own = opened();
    const held = tf.memory().numTensors;
    await own.generate('We', asked);
    await own.score('We', [' the', ' a b']);
    expect(tf.memory().numTensors).toBe(held);
    own.dispose();
  });
});

describe('the digest of a base with adapters', () => {
  const [base, one, other] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
  const of = (adapters: { adapter: string; rank?: number }[], more: Partial<Parameters<typeof baseIdentity>[0]> = {}) =>
    adapterIdentity({ sha256: base, template: 'plain', ...more, adapters });

  it('differs with each file, their order, the rank that is served, and the template', () => {
    const digests = [
      baseIdentity({ sha256: base, template: 'plain' }),
      of([{ adapter: one }]),
      of([{ adapter: other }]),
      of([{ adapter: one, rank: 4 }]),
      of([{ adapter: one }], { template: 'chatml' }),
      of([{ adapter: one }], { template: 'model', chat: { sha256: one } }),
      of([{ adapter: one }], { template: 'model', chat: { sha256: other } }),
      baseIdentity({ sha256: base, template: 'model', chat: { sha256: one } }),
      of([{ adapter: one }, { adapter: other }]),
      of([{ adapter: other }, { adapter: one }]),
      adapterIdentity({ sha256: other, template: 'plain', adapters: [{ adapter: one }] }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('stays what it was before templates of models were asked by', () => {
    expect(baseIdentity({ sha256: base, template: 'plain' })).toBe(
      'e4790b9fe8a8eb4f2f61830b7ef2f0768add36488e9c3a493f3f196823feef3b',
    );
    expect(of([{ adapter: one }], { template: 'chatml' })).toBe(
      '52e4e3389c737101e824e57265fa869fed8cab830154f27858defb8c6f119336',
    );
  });
});

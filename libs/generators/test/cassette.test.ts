import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Generator } from '@rankforge/peft';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallsUsedUpError, Cassette, CassetteError, Meter, withCassette } from '../src/index.js';

const options = { maxTokens: 4, temperature: 1, seed: 0, stop: [] };

/** Another answer at every call. */
function forgetful(sha256 = 'a'.repeat(64)) {
  let calls = 0;
  const usage = () => ({ tokens: { read: 10, written: 2 }, seconds: 0.5 });
  const generator: Generator = {
    identity: () => ({ model: `model-${sha256[0]}`, sha256, reproducible: false }),
    generate: async () => ({ text: `answer ${++calls}`, ended: 'stop', usage: usage() }),
    score: async (prompt) => (prompt === 'unscored' ? null : { logProbabilities: [-++calls], usage: usage() }),
  };
  return { generator, calls: () => calls };
}

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cassette-'));
});
afterEach(() => rm(root, { recursive: true }));

const files = async (sha256 = 'a'.repeat(64)) =>
  (await readdir(join(root, sha256))).map((name) => join(root, sha256, name));

async function recorded(prompts: readonly string[], of = forgetful()) {
  const cassette = await Cassette.open(root, of.generator.identity());
  const behind = withCassette(of.generator, cassette);
  for (const prompt of prompts) await behind.generate(prompt, options);
  await cassette.close();
  return of;
}

describe('a cassette', () => {
  it('gives a later run the answers of the first, and asks nothing', async () => {
    const first = await recorded(['one', 'two']);
    const cassette = await Cassette.open(root, first.generator.identity());
    const again = forgetful();
    const meter = new Meter();
    const generator = meter.around(withCassette(again.generator, cassette, meter.replayed));
    expect((await generator.generate('two', options)).text).toBe('answer 2');
    expect((await generator.generate('one', options)).text).toBe('answer 1');
    expect(again.calls()).toBe(0);
    expect((await generator.generate('one', { ...options, seed: 1 })).text, 'of another seed').toBe('answer 1');
    expect(again.calls()).toBe(1);
    expect(meter.used).toEqual({ calls: 3, replayed: 2, tokens: { read: 30, written: 6 }, seconds: 1.5 });
    await cassette.close();
  });

  it('keeps scores', async () => {
    const of = forgetful();
    const cassette = await Cassette.open(root, of.generator.identity());
    const behind = withCassette(of.generator, cassette);
    const scored = await behind.score('prompt', ['A', 'B']);
    expect(await behind.score('prompt', ['A', 'B'])).toEqual(scored);
    await cassette.close();
    expect((await Cassette.open(root, of.generator.identity())).size).toBe(1);
    expect(of.calls()).toBe(1);
  });

  it('asks again for a score that was not given', async () => {
    const { generator } = forgetful();
    let scores = false;
    const late: Generator = {
      ...generator,
      score: async (prompt, continuations) => (scores ? generator.score(prompt, continuations) : null),
    };
    const cassette = await Cassette.open(root, generator.identity());
    const behind = withCassette(late, cassette);
    expect(await behind.score('prompt', ['A'])).toBeNull();
    expect(cassette.size).toBe(0);
    scores = true;
    expect((await behind.score('prompt', ['A']))?.logProbabilities).toEqual([-1]);
    await cassette.close();
  });

  it('leaves out a score of null that an earlier version kept', async () => {
    const { generator } = forgetful();
    const first = await Cassette.open(root, generator.identity());
    const request = 'c'.repeat(64);
    await first.keep('d'.repeat(64), { logProbabilities: [-1], usage: { tokens: null, seconds: 0 } });
    await first.close();
    const [file] = await files();
    await appendFile(file!, `${JSON.stringify({ request, answer: null })}\n`);
    const cassette = await Cassette.open(root, generator.identity());
    expect([cassette.size, cassette.find(request)]).toEqual([1, undefined]);
  });

  it('refuses to go on without scores where it holds some of an earlier run', async () => {
    const of = forgetful();
    const first = await Cassette.open(root, of.generator.identity());
    await withCassette(of.generator, first).score('prompt', ['A']);
    await first.close();
    const cassette = await Cassette.open(root, of.generator.identity());
    const behind = withCassette(of.generator, cassette);
    expect((await behind.score('prompt', ['A']))?.logProbabilities).toEqual([-1]);
    await expect(behind.score('unscored', ['A'])).rejects.toThrow(
      new CassetteError(
        `model-a gives no log-probabilities, and gave those that ${join(root, 'a'.repeat(64))} holds: answers of two kinds are not compared; look why it gives none, or remove the folder`,
      ),
    );
  });

  it('keeps answers again after one could not be written', async () => {
    const { generator } = forgetful();
    const cassette = await Cassette.open(root, generator.identity());
    const behind = withCassette(generator, cassette);
    const folder = join(root, generator.identity().sha256);
    await rename(folder, `${folder}-away`);
    await expect(behind.generate('one', options)).rejects.toThrow('ENOENT');
    expect(cassette.size).toBe(0);
    await rename(`${folder}-away`, folder);
    expect((await behind.generate('one', options)).text).toBe('answer 2');
    expect((await behind.generate('one', options)).text).toBe('answer 2');
    await cassette.close();
    const again = withCassette(generator, await Cassette.open(root, generator.identity()));
    expect((await again.generate('one', options)).text).toBe('answer 2');
  });

  it('belongs to one generator, and another has its own', async () => {
    await recorded(['one']);
    const other = forgetful('b'.repeat(64));
    expect((await Cassette.open(root, other.generator.identity())).size).toBe(0);
  });

  it('refuses to open with answers of another model', async () => {
    await recorded(['one']);
    const other = forgetful('b'.repeat(64)).generator.identity();
    await Cassette.open(root, other);
    const [file] = await files();
    await rename(file!, join(root, other.sha256, 'moved.jsonl'));
    await expect(Cassette.open(root, other)).rejects.toThrow(CassetteError);
    await expect(Cassette.open(root, other)).rejects.toThrow(
      'moved.jsonl: holds answers of model-a (aaaaaaaaaaaa), and model-b (bbbbbbbbbbbb) was asked',
    );
  });

  it('leaves out the answer at whose writing a process was killed, and asks for it again', async () => {
    const of = await recorded(['one', 'two']);
    const [file] = await files();
    const whole = await readFile(file!, 'utf8');
    await writeFile(file!, whole.slice(0, -20));
    const cassette = await Cassette.open(root, of.generator.identity());
    expect(cassette.size).toBe(1);
    expect((await withCassette(of.generator, cassette).generate('two', options)).text).toBe('answer 3');
    await cassette.close();
    expect((await Cassette.open(root, of.generator.identity())).size, 'in a file of its own').toBe(2);
  });

  it('refuses to open when damaged in the middle', async () => {
    const of = await recorded(['one', 'two']);
    const [file] = await files();
    const [head, first, ...rest] = (await readFile(file!, 'utf8')).split('\n');
    await writeFile(file!, [head, first!.slice(0, 40), ...rest].join('\n'));
    await expect(Cassette.open(root, of.generator.identity())).rejects.toThrow('line 2 is damaged; remove the file');
    await writeFile(file!, 'not a head\n');
    await appendFile(file!, `${first}\n`);
    await expect(Cassette.open(root, of.generator.identity())).rejects.toThrow('line 1 is not the head of a cassette');
  });

  it('holds the first of two answers that two processes were given', async () => {
    const of = forgetful();
    const open = () => Cassette.open(root, of.generator.identity());
    const [a, b] = [await open(), await open()];
    await withCassette(of.generator, a).generate('one', options);
    await withCassette(of.generator, b).generate('one', options);
    await a.close();
    await b.close();
    expect(await files()).toHaveLength(2);
    expect((await withCassette(of.generator, await open()).generate('one', options)).text).toBe('answer 1');
  });

  it('holds nothing after it was removed', async () => {
    const of = await recorded(['one']);
    await Cassette.remove(root, of.generator.identity().sha256);
    expect((await Cassette.open(root, of.generator.identity())).size).toBe(0);
  });
});

describe('a meter', () => {
  it('ends before the call that would be one too many, and counts none for a score that is not given', async () => {
    const of = forgetful();
    const meter = new Meter(2);
    const generator = meter.around(of.generator);
    expect(await generator.score('unscored', ['A'])).toBeNull();
    await generator.generate('one', options);
    await generator.score('two', ['A']);
    await expect(generator.generate('three', options)).rejects.toThrow(CallsUsedUpError);
    await expect(generator.generate('three', options)).rejects.toThrow('the limit of 2 calls is reached');
    expect(of.calls()).toBe(2);
    expect(meter.used.calls).toBe(2);
  });

  it('knows no number of tokens once an endpoint did not say it', async () => {
    const meter = new Meter();
    const silent: Generator = {
      ...forgetful().generator,
      generate: async () => ({ text: '', ended: 'stop', usage: { tokens: null, seconds: 1 } }),
    };
    await meter.around(forgetful().generator).generate('one', options);
    await meter.around(silent).generate('two', options);
    expect(meter.used.tokens).toBeNull();
  });
});

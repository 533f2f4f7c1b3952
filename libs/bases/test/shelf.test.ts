import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gpt2Files, tokenizer, writeFiles } from '../../../test/support/gpt2-files.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { loadBaseModel, readBase } from '../src/base.js';
import { BaseShelf } from '../src/shelf.js';

let modelsDir = '';
let shelf: BaseShelf;
beforeEach(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'models-'));
  shelf = new BaseShelf(modelsDir);
  await writeFiles(join(modelsDir, 'small'), gpt2Files());
});
afterEach(() => rm(modelsDir, { recursive: true }));

const names = async () => {
  const { usable, unusable } = await shelf.refresh();
  return [usable.map(({ name }) => name), unusable.map(({ name }) => name)];
};

describe('a folder that transformers wrote', () => {
  test('is a base model with its shape, targets and provenance', async () => {
    const { usable } = await shelf.refresh();
    expect(usable).toMatchObject([
      {
        name: 'small',
        config: { architecture: 'gpt2', layers: 2, width: 8, vocabularySize: 13, contextLength: 16 },
        provenance: {
          modelType: 'gpt2',
          files: [{ name: 'config.json' }, { name: 'model.safetensors' }, { name: 'tokenizer.json' }],
        },
      },
    ]);
    expect(usable[0]?.layers).toHaveLength(2 * 6);
  });

  test('has the hash that sha256sum gives its files', async () => {
    const sum = (kind: string) =>
      execFileSync(
        'sh',
        ['-c', `cd "$0" && sha256sum $(ls ${kind}) | sha256sum | cut -d" " -f1`, join(modelsDir, 'small')],
        {
          encoding: 'utf8',
          env: { ...process.env, LC_ALL: 'C' },
        },
      ).trim();
    expect((await shelf.refresh()).usable[0]?.sha256).toBe(sum('config.json model.safetensors tokenizer.json'));
    await rm(join(modelsDir, 'small'), { recursive: true });
    await writeFiles(join(modelsDir, 'small'), gpt2Files('sharded'));
    expect((await shelf.refresh()).usable[0]?.sha256).toBe(sum('config.json model* tokenizer.json'));
  });

  test('opens with an added token that the model has no row for, as Gemma 3 has one for images', async () => {
    const image = { id: 13, content: 'a<image>', special: true };
    await writeFile(
      join(modelsDir, 'small', 'tokenizer.json'),
      JSON.stringify({ ...tokenizer, added_tokens: [image] }),
    );
    expect(await names()).toEqual([['small'], []]);
    const { tokenizer: opened } = await loadBaseModel(join(modelsDir, 'small'));
    expect(opened.encode('a a<image> c')).toEqual([1, 1, 0, 0, 0, 3]);
  });

  test('is opened with its tokenizer', async () => {
    const { model, tokenizer } = await loadBaseModel(join(modelsDir, 'small'));
    expect(tokenizer.encode('a l c')).toEqual([1, 12, 3]);
    expect(model.host('embedding.tokens').values).toHaveLength(13 * 8);
  });
});

describe('a models folder', () => {
  test('is read anew where something changed, and only there', async () => {
    const [first] = (await shelf.refresh()).usable;
    expect((await shelf.refresh()).usable[0]).toBe(first);
    await writeFiles(join(modelsDir, 'other'), gpt2Files('sharded'));
    expect(await names()).toEqual([['other', 'small'], []]);
    expect((await shelf.refresh()).usable[1]).toBe(first);

    await writeFile(join(modelsDir, 'small', 'tokenizer.json'), JSON.stringify({ ...tokenizer, version: '2.0' }));
    const [, changed] = (await shelf.refresh()).usable;
    expect(changed?.sha256).not.toBe(first?.sha256);
    await rm(join(modelsDir, 'other'), { recursive: true });
    expect(await names()).toEqual([['small'], []]);
  });

  test('reports a broken model and gives the others', async () => {
    await writeFiles(
      join(modelsDir, 'broken'),
      new Map<string, string | Buffer>([...gpt2Files(), ['model.safetensors', 'short']]),
    );
    const { usable, unusable } = await shelf.refresh();
    expect(usable.map(({ name }) => name)).toEqual(['small']);
    expect(unusable).toEqual([
      { name: 'broken', reason: 'broken/model.safetensors: expected at least 8 bytes, got 5' },
    ]);
    await writeFiles(join(modelsDir, 'broken'), gpt2Files());
    expect(await names()).toEqual([['broken', 'small'], []]);
  });

  test('reads a folder again that the system refused, though no file of it changed', async () => {
    const cause = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    const refusals = [new Error('small/config.json: cannot be read (EMFILE)', { cause })];
    shelf = new BaseShelf(modelsDir, {
      async readOne(folder, name) {
        const refused = refusals.pop();
        if (refused) throw refused;
        return readBase(folder, name);
      },
    });
    expect(await names()).toEqual([[], ['small']]);
    expect(await names()).toEqual([['small'], []]);
  });

  test('is asked by many at once and reads once', async () => {
    const [a, b] = await Promise.all([shelf.refresh(), shelf.refresh()]);
    expect(a).toBe(b);
  });

  test('gives what is known while a large model is read, which it names, and reads one at a time', async () => {
    await shelf.refresh();
    await writeFiles(join(modelsDir, 'large'), gpt2Files());
    await writeFiles(join(modelsDir, 'next'), gpt2Files());
    const read = new AbortController();
    const begun: string[] = [];
    shelf = new BaseShelf(modelsDir, {
      patienceMs: 0,
      async readOne(folder, name) {
        begun.push(name);
        if (name === 'large') await once(read.signal, 'abort');
        return readBase(folder, name);
      },
    });
    const { usable, unusable } = await shelf.refresh();
    expect(usable).toEqual([]);
    expect(unusable.map(({ name }) => name)).toEqual(['large', 'next', 'small']);
    expect(unusable[0]!.reason).toContain('its files are being read');
    expect(begun).toEqual(['large']);
    read.abort();
    await waitFor('all to be read', async () => (await shelf.refresh()).usable.length === 3);
    expect(begun).toEqual(['large', 'next', 'small']);
  });

  test('may hold links, other folders and files', async () => {
    await mkdir(join(modelsDir, 'notes'));
    await mkdir(join(modelsDir, '.incoming', 'half'), { recursive: true });
    await writeFiles(join(modelsDir, '.incoming', 'half'), gpt2Files());
    await writeFile(join(modelsDir, 'README.md'), 'models');
    await symlink(join(modelsDir, 'nowhere'), join(modelsDir, 'dangling'));
    await symlink(join(modelsDir, 'small'), join(modelsDir, 'linked'));
    expect(await names()).toEqual([['linked', 'small'], []]);
  });

  test('is an error where it does not exist', async () => {
    await expect(new BaseShelf(join(modelsDir, 'gone')).refresh()).rejects.toThrow(/ENOENT.*gone/);
  });
});

describe('digests that are kept', () => {
  const digestsDir = () => join(modelsDir, '.digests');
  const anew = async () => (await new BaseShelf(modelsDir, { digestsDir: digestsDir() }).refresh()).usable[0]!;
  const weights = () => join(modelsDir, 'small', 'model.safetensors');

  test('serve files that did not change, also in another process', async () => {
    const { sha256, provenance } = await anew();
    const file = join(digestsDir(), 'small.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as Record<string, { sha256: string }>;
    expect(Object.keys(kept)).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(await anew()).toEqual(await readBase(join(modelsDir, 'small'), 'small'));
    // Nothing reads the weights: the digest is the one that stands in the file.
    kept['model.safetensors']!.sha256 = 'f'.repeat(64);
    await writeFile(file, JSON.stringify(kept));
    const other = await anew();
    expect(other.sha256).not.toBe(sha256);
    expect(other.provenance.files).toMatchObject([{}, { sha256: 'f'.repeat(64) }, {}]);
    expect(provenance.files).not.toMatchObject([{}, { sha256: 'f'.repeat(64) }, {}]);
  });

  test('serve no file of the same size and time in its place', async () => {
    const { sha256 } = await anew();
    const bytes = await readFile(weights());
    const { atime, mtime } = await stat(weights());
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(`${weights()}.new`, bytes);
    await utimes(`${weights()}.new`, atime, mtime);
    await rename(`${weights()}.new`, weights());
    expect((await anew()).sha256).not.toBe(sha256);
    expect((await anew()).sha256).toBe((await readBase(join(modelsDir, 'small'), 'small')).sha256);
  });

  test('that are damaged, or cannot be kept, cost a reading', async () => {
    const { sha256 } = await anew();
    await writeFile(join(digestsDir(), 'small.json'), '{"model.safetensors": 1}');
    expect((await anew()).sha256).toBe(sha256);
    await rm(digestsDir(), { recursive: true });
    await writeFile(digestsDir(), 'no folder');
    expect((await anew()).sha256).toBe(sha256);
  });
});

describe('a model is reported when', () => {
  const json = (name: string, change: object) => {
    const file = JSON.parse(gpt2Files().get(name)!.toString()) as object;
    return new Map([[name, JSON.stringify({ ...file, ...change })]]);
  };
  test.each<[string, Map<string, string | null>, RegExp]>([
    ['its weights are not safetensors', new Map([['model.safetensors', null]]), /^odd: neither model\.safetensors nor/],
    ['it has no tokenizer', new Map([['tokenizer.json', null]]), /^odd\/tokenizer\.json: cannot be read \(ENOENT\)/],
    ['it has no configuration', new Map([['config.json', null]]), /^odd\/config\.json: cannot be read \(ENOENT\)/],
    [
      'its configuration is of another size',
      json('config.json', { n_embd: 16 }),
      /^odd: .*wte\.weight is \[13,8\], expected \[13,16\]/,
    ],
    ['its kind is unknown', json('config.json', { model_type: 'mamba' }), /^odd\/config\.json: model_type: "mamba"/],
    [
      'its provenance is no object',
      new Map([['provenance.json', '[]']]),
      /^odd\/provenance\.json: expected a JSON object/,
    ],
    ['its tokenizer is none', new Map([['tokenizer.json', '{}']]), /^odd\/tokenizer\.json: model: /],
    [
      'its tokenizer is of a larger vocabulary',
      json('tokenizer.json', { model: { ...tokenizer.model, vocab: { ...tokenizer.model.vocab, extra: 13 } } }),
      /^odd\/tokenizer\.json: its largest token id is 13, and the model knows 13 tokens/,
    ],
  ])('%s', async (_, changes, reason) => {
    const files = new Map<string, string | Buffer>(gpt2Files());
    for (const [name, content] of changes) {
      if (content === null) files.delete(name);
      else files.set(name, content);
    }
    await writeFiles(join(modelsDir, 'odd'), files);
    const { usable, unusable } = await shelf.refresh();
    expect(usable.map(({ name }) => name)).toEqual(['small']);
    expect(unusable).toEqual([{ name: 'odd', reason: expect.stringMatching(reason) }]);
  });

  test('its folder has a name that no sweep can give', async () => {
    await writeFiles(join(modelsDir, 'Qwen2.5'), gpt2Files());
    expect((await shelf.refresh()).unusable).toEqual([
      {
        name: 'Qwen2.5',
        reason: expect.stringMatching(/the folder's name: expected lower-case words joined by dashes/),
      },
    ]);
  });
});

test('a file that is written in place is seen, even where its size stays', async () => {
  const [before] = (await shelf.refresh()).usable;
  const file = join(modelsDir, 'small', 'tokenizer.json');
  const content = JSON.stringify(tokenizer).replace('"l":12', '"m":12');
  await writeFile(file, content);
  await utimes(file, new Date(), new Date(Date.now() + 1000));
  expect((await shelf.refresh()).usable[0]?.sha256).not.toBe(before?.sha256);
});

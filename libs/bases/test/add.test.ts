import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, exportBase, initialValues, modelConfigSchema, saveBase } from '@rankforge/peft';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gpt2Files, tokenizer, writeFiles } from '../../../test/support/gpt2-files.js';
import { type HubServer, hubCommit, hubModel, startHub } from '../../../test/support/hub-server.js';
import { AddBaseError, addFolder, addFromHub, slugOf } from '../src/add.js';
import { loadBaseModel } from '../src/base.js';
import { HubError } from '../src/hub/errors.js';
import { here } from '../src/owner.js';
import { BaseShelf } from '../src/shelf.js';

let root = '';
let modelsDir = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'add-'));
  modelsDir = join(root, 'models');
  await mkdir(modelsDir);
});
afterEach(() => rm(root, { recursive: true }));

const json = async (name: string, file: string) =>
  JSON.parse(await readFile(join(modelsDir, name, file), 'utf8')) as Record<string, unknown>;

describe('a folder', () => {
  const source = () => join(root, 'My_Model.v2');
  beforeEach(() =>
    writeFiles(
      source(),
      new Map<string, string | Buffer>([...gpt2Files('sharded'), ['notes.txt', 'not part of a model']]),
    ),
  );

  test('is copied: the files that matter, and where they came from', async () => {
    const base = await addFolder(source(), { modelsDir });
    expect(base.name).toBe('my-model-v2');
    expect(await readdir(modelsDir)).toEqual(['my-model-v2']);
    expect((await readdir(join(modelsDir, 'my-model-v2'))).sort()).toEqual([
      '.gitignore',
      'config.json',
      'generation_config.json',
      'model-00001-of-00003.safetensors',
      'model-00002-of-00003.safetensors',
      'model-00003-of-00003.safetensors',
      'model.safetensors.index.json',
      'provenance.json',
      'tokenizer.json',
    ]);
    expect(await json('my-model-v2', 'provenance.json')).toEqual({ madeBy: 'rankforge base add', source: source() });
    const { usable } = await new BaseShelf(modelsDir).refresh();
    expect(usable).toEqual([base]);
  });

  test('takes away what a process left that was ended while it copied, and leaves what others copy', async () => {
    // No process has so high a number on any system.
    const ended = `my-model-v2.${hostname()}.${here}.4194305`;
    const [old, younger] = ['000000000000.4194305', '000000000001.4194305'].map(
      (part) => `my-model-v2.${hostname()}.${part}`,
    ) as [string, string];
    const others = [
      `my-model-v2.${hostname()}.${here}.${process.ppid}`,
      younger,
      `other.${hostname()}.${here}.4194305`,
      `my-model-v2.elsewhere.${here}.4194305`,
    ];
    const incoming = join(modelsDir, '.incoming');
    for (const folder of [ended, old, ...others]) await mkdir(join(incoming, folder), { recursive: true });
    const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
    await utimes(join(incoming, old), twoDaysAgo, twoDaysAgo);
    await addFolder(source(), { modelsDir });
    expect((await readdir(join(modelsDir, '.incoming'))).sort()).toEqual(others.sort());
  });

  test('keeps the token that ends its texts when its model is written and added again', async () => {
    const file = join(source(), 'config.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), eos_token_id: 3 }));
    const { model } = await loadBaseModel(source());
    const files = [...exportBase(model)].map(([name, bytes]) => [name, Buffer.from(bytes)] as const);
    model.dispose();
    await writeFiles(join(root, 'again'), new Map(files));
    await addFolder(join(root, 'again'), { modelsDir });
    const again = await loadBaseModel(join(modelsDir, 'again'));
    again.model.dispose();
    expect(again.tokenizer.end).toBe(3);
  });

  test.each([
    ['Bad Name', /the name "Bad Name": expected lower-case words/],
    ['../out', /the name "\.\.\/out": expected lower-case words/],
    ['taken', /there is a base model taken in .* already; give another name/],
  ])('called %s is refused', async (name, message) => {
    await mkdir(join(modelsDir, 'taken'));
    await expect(addFolder(source(), { modelsDir, name })).rejects.toThrow(AddBaseError);
    await expect(addFolder(source(), { modelsDir, name })).rejects.toThrow(message);
    expect(await readdir(modelsDir)).toEqual(['taken']);
  });

  test.each([
    ['a tokenizer that is none', 'tokenizer.json', '{}', /tokenizer\.json: model: /],
    [
      'a shard that is cut',
      'model-00002-of-00003.safetensors',
      'short',
      /00002-of-00003\.safetensors: expected at least/,
    ],
    [
      'an index that leads out of it',
      'model.safetensors.index.json',
      '{"weight_map":{"a":"../x.safetensors"}}',
      /weight_map/,
    ],
  ])('with %s is refused, and nothing is left of it', async (_, file, content, message) => {
    await writeFile(join(source(), file), content);
    await expect(addFolder(source(), { modelsDir })).rejects.toThrow(message);
    expect(await readdir(modelsDir)).toEqual([]);
  });

  test('keeps what other programs read beside it, which is in no digest, and refuses what no such file is', async () => {
    const plain = await addFolder(source(), { modelsDir });
    const file = join(source(), 'tokenizer_config.json');
    await writeFile(file, '{"chat_template":"{{ messages }}"}');
    const chat = await addFolder(source(), { modelsDir, name: 'chat' });
    expect(await json('chat', 'tokenizer_config.json')).toEqual({ chat_template: '{{ messages }}' });
    expect(chat.sha256).toBe(plain.sha256);
    await truncate(file, 16 * 2 ** 20 + 1);
    await expect(addFolder(source(), { modelsDir, name: 'more' })).rejects.toThrow(
      `${file}: 16777217 bytes, and such a file has at most 16777216`,
    );
    expect((await readdir(modelsDir)).sort()).toEqual(['chat', 'my-model-v2']);
  });

  test('is refused where it does not exist', async () => {
    await expect(addFolder(join(root, 'gone'), { modelsDir })).rejects.toThrow(/gone.*neither|ENOENT/);
    expect(await readdir(modelsDir)).toEqual([]);
  });
});

describe('a model of a hub', () => {
  let hub: HubServer;
  beforeEach(async () => {
    hub = await startHub(Object.fromEntries(gpt2Files('sharded')));
  });
  afterEach(() => hub.close());
  const add = (seen: string[] = []) =>
    addFromHub(hubModel, {
      modelsDir,
      settings: { url: hub.url, token: undefined },
      onProgress: (file, bytes, of) => seen.push(`${file} ${bytes}/${of}`),
    });

  test('is downloaded: the files that matter, and where they came from', async () => {
    hub.files.set('pytorch_model.bin', Buffer.alloc(100));
    hub.files.set('chat_template.jinja', Buffer.from('{{ messages }}'));
    const seen: string[] = [];
    const base = await add(seen);
    expect(base).toMatchObject({ name: 'some-model', config: { architecture: 'gpt2' } });
    expect(await json('some-model', 'provenance.json')).toEqual({
      madeBy: 'rankforge base add',
      hub: hub.url,
      model: hubModel,
      commit: hubCommit,
      licence: 'apache-2.0',
    });
    for (const [name, content] of gpt2Files('sharded')) {
      expect((await readFile(join(modelsDir, 'some-model', name))).equals(content), name).toBe(true);
      expect(seen).toContain(`${name} ${content.length}/${content.length}`);
    }
    const asked = hub.downloads.map(({ path }) => path);
    expect(asked).toContain('chat_template.jinja');
    expect(asked).not.toContain('pytorch_model.bin');
    expect(await readdir(modelsDir)).toEqual(['some-model']);
  });

  test('keeps what was downloaded where the system fails, and goes on from there', async () => {
    const target = join(modelsDir, 'some-model');
    const failing = addFromHub(hubModel, {
      modelsDir,
      settings: { url: hub.url, token: undefined },
      // A folder that is there meanwhile cannot be replaced.
      onProgress: () => mkdirSync(join(target, 'other'), { recursive: true }),
    });
    await expect(failing).rejects.toThrow('ENOTEMPTY');
    expect(await readdir(join(modelsDir, '.incoming', 'some-model'))).toContain('model-00003-of-00003.safetensors');
    await rm(target, { recursive: true });
    hub.downloads.length = 0;
    await add();
    expect(hub.downloads.map(({ path }) => path).filter((path) => path.endsWith('.safetensors'))).toEqual([]);
    expect(await readdir(modelsDir)).toEqual(['some-model']);
  });

  test('goes on after an interruption, file and byte', async () => {
    const shard = 'model-00002-of-00003.safetensors';
    hub.cuts.set(shard, 1000);
    await expect(add()).rejects.toThrow(/00002-of-00003\.safetensors stopped after 1000 of/);
    expect(await readdir(modelsDir)).toEqual(['.incoming']);
    expect((await new BaseShelf(modelsDir).refresh()).usable).toEqual([]);
    hub.downloads.length = 0;
    await add();
    const asked = hub.downloads.filter(({ range }) => range !== 'bytes=0-0');
    const size = gpt2Files('sharded').get(shard)!.length;
    expect(asked).toEqual([
      { path: shard, range: `bytes=1000-${size - 1}` },
      { path: 'model-00003-of-00003.safetensors', range: undefined },
    ]);
    expect(await readdir(modelsDir)).toEqual(['some-model']);
  });

  test.each<[string, () => void, RegExp]>([
    [
      'another digest',
      () => hub.listed.set('model-00001-of-00003.safetensors', { lfs: { oid: 'ab'.repeat(32) } }),
      /sha256 digest is not abab/,
    ],
    [
      'a file outside of it',
      () => hub.listed.set('tokenizer.json', { path: '../../tokenizer.json' }),
      /is no plain file name/,
    ],
  ])('that lists %s is refused, and is no base model', async (_, spoil, message) => {
    spoil();
    await expect(add()).rejects.toThrow(HubError);
    await expect(add()).rejects.toThrow(message);
    expect((await new BaseShelf(modelsDir).refresh()).usable).toEqual([]);
    expect(await readdir(root)).toEqual(['models']);
  });

  test.each<[string, () => void, RegExp]>([
    [
      'no tokenizer',
      () => hub.files.delete('tokenizer.json'),
      /some-model has no tokenizer\.json, which a base model needs/,
    ],
    [
      'a generation_config.json that is too large',
      () => hub.listed.set('generation_config.json', { size: 16 * 2 ** 20 + 1 }),
      /generation_config\.json has 16777217 bytes, and such a file has at most 16777216/,
    ],
    [
      'no safetensors',
      () => hub.files.delete('model.safetensors.index.json'),
      /neither model\.safetensors nor .*: only weights in/,
    ],
    [
      'GGUF files alone',
      () => {
        hub.files.clear();
        hub.files.set('model.Q8_0.gguf', Buffer.alloc(10));
      },
      /has no config\.json, which a base model needs; download a GGUF file of it, such as model\.Q8_0\.gguf, and add that/,
    ],
    [
      'a shard too few',
      () => hub.files.delete('model-00003-of-00003.safetensors'),
      /has no model-00003-of-00003\.safetensors/,
    ],
  ])('with %s is refused', async (_, spoil, message) => {
    spoil();
    await expect(add()).rejects.toThrow(AddBaseError);
    await expect(add()).rejects.toThrow(message);
  });

  const changed = (name: string, change: object) =>
    Buffer.from(JSON.stringify({ ...(JSON.parse(hub.files.get(name)!.toString()) as object), ...change }));
  test.each<[string, string, () => object, RegExp]>([
    ['its kind is not supported', 'config.json', () => ({ model_type: 'mamba' }), /json: model_type: "mamba" is not/],
    [
      'its weights are quantized',
      'config.json',
      () => ({ quantization_config: { quant_method: 'gptq' } }),
      /config\.json: quantization_config: weights quantized by gptq are not read/,
    ],
    [
      'its tokenizer cannot be used',
      'tokenizer.json',
      () => ({ pre_tokenizer: { type: 'Unheard' } }),
      /tokenizer\.json: cannot be used: .*Unheard/,
    ],
    [
      'its tokenizer is of a larger vocabulary',
      'tokenizer.json',
      () => ({ model: { ...tokenizer.model, vocab: { ...tokenizer.model.vocab, more: 99 } } }),
      /tokenizer\.json: its largest token id is 99, and the model knows 13 tokens/,
    ],
  ])('is refused before its weights are asked for where %s', async (_, name, change, message) => {
    hub.files.set(name, changed(name, change()));
    await expect(add()).rejects.toThrow(AddBaseError);
    await expect(add()).rejects.toThrow(message);
    expect(hub.downloads.some(({ path }) => path.startsWith('model'))).toBe(false);
    expect(await readdir(modelsDir)).toEqual([]);
  });

  test('has no file of another model that was fetched under its name and interrupted', async () => {
    hub.files.set('chat_template.jinja', Buffer.from('{{ messages }}'));
    hub.files.set('tokenizer_config.json', Buffer.from('{}'));
    hub.cuts.set('model-00002-of-00003.safetensors', 1000);
    await expect(add()).rejects.toThrow(/stopped after 1000/);
    hub.files.clear();
    for (const [name, content] of gpt2Files('single')) hub.files.set(name, content);
    // Listed, and not fetched beside the single file.
    hub.files.set('model.safetensors.index.json', gpt2Files('sharded').get('model.safetensors.index.json')!);
    await add();
    expect((await readdir(join(modelsDir, 'some-model'))).sort()).toEqual(
      ['.gitignore', 'provenance.json', ...gpt2Files('single').keys()].sort(),
    );
    expect(await readdir(modelsDir)).toEqual(['some-model']);
  });

  describe('that reads images', () => {
    const config = modelConfigSchema.parse({
      architecture: 'vit',
      imageSize: 4,
      patchSize: 2,
      channels: 1,
      width: 4,
      layers: 1,
      heads: 2,
      mlpWidth: 8,
      normEpsilon: 1e-6,
      bias: true,
    });
    beforeEach(async () => {
      const folder = join(root, 'vit');
      await saveBase(folder, { config, values: initialValues(config, createRandom(1)), tokenizer: null });
      hub.files.clear();
      for (const name of await readdir(folder)) hub.files.set(name, await readFile(join(folder, name)));
    });
    /** The file of google/vit-base-patch16-224 in part, and with changes. */
    const processor = (change: object = {}) =>
      Buffer.from(
        JSON.stringify({
          do_normalize: true,
          do_rescale: true,
          image_mean: [0.5, 0.5, 0.5],
          image_std: [0.5, 0.5, 0.5],
          rescale_factor: 0.00392156862745098,
          ...change,
        }),
      );

    test('needs no tokenizer', async () => {
      expect([...hub.files.keys()].sort()).toEqual(['config.json', 'model.safetensors']);
      const base = await add();
      expect(base.config).toEqual(config);
      expect((await new BaseShelf(modelsDir).refresh()).usable).toEqual([base]);
      const { tokenizer } = await loadBaseModel(join(modelsDir, 'some-model'));
      expect(() => tokenizer.encode('text')).toThrow('the base model reads no text, and the task gives it texts');
    });

    test('needs pixels that are brought to the range that they have here, and keeps the file that says so', async () => {
      hub.files.set('preprocessor_config.json', processor());
      await add();
      expect(await json('some-model', 'preprocessor_config.json')).toMatchObject({ image_std: [0.5, 0.5, 0.5] });
    });

    test.each([
      // The numbers of facebook/dino-vitb16, a ViT that was trained on those of ImageNet.
      [{ image_mean: [0.485, 0.456, 0.406] }, 'image_mean is [0.485,0.456,0.406]; expected 0.5 for every channel'],
      [{ image_std: [0.229, 0.224, 0.225] }, 'image_std is [0.229,0.224,0.225]; expected 0.5 for every channel'],
      [{ do_normalize: false }, 'do_normalize is false; expected pixels of 0 … 255 to be brought to −1 … 1'],
      [{ rescale_factor: 1 }, 'rescale_factor is 1; expected pixels of 0 … 255'],
    ])('is refused before its weights are asked for where %j', async (change, message) => {
      hub.files.set('preprocessor_config.json', processor(change));
      await expect(add()).rejects.toThrow(`preprocessor_config.json: ${message}`);
      expect(hub.downloads.some(({ path }) => path.startsWith('model'))).toBe(false);
      expect(await readdir(modelsDir)).toEqual([]);
    });
  });

  test('is refused where its index leads out of the folder', async () => {
    hub.files.set('model.safetensors.index.json', Buffer.from('{"weight_map":{"a":"../../evil.safetensors"}}'));
    await expect(add()).rejects.toThrow(/index\.json: weight_map\.a: expected the name of a safetensors file/);
  });
});

test('names follow from those of the source', () => {
  expect(['Qwen2.5-0.5B', 'gpt2', '__x__', 'TinyLlama_v1.1'].map(slugOf)).toEqual([
    'qwen2-5-0-5b',
    'gpt2',
    'x',
    'tinyllama-v1-1',
  ]);
});

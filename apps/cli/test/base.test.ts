import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gpt2Files, writeFiles } from '../../../test/support/gpt2-files.js';
import { type HubServer, hubModel, startHub } from '../../../test/support/hub-server.js';
import { createPlatform, type Platform, type TestApi, waitFor } from '../../../test/support/index.js';
import { bin, rankforge } from './support/run.js';

let root = '';
let modelsDir = '';
let hub: HubServer;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cli-base-'));
  modelsDir = join(root, 'models');
  hub = await startHub(Object.fromEntries(gpt2Files()));
});
afterEach(async () => {
  await hub.close();
  await rm(root, { recursive: true });
});

const env = (changes: NodeJS.ProcessEnv = {}) => ({
  RANKFORGE_MODELS_DIR: modelsDir,
  HF_ENDPOINT: hub.url,
  ...changes,
});
const add = (args: string[], changes?: NodeJS.ProcessEnv) => rankforge(['base', 'add', ...args], env(changes));
const models = () => readdir(modelsDir).catch(() => []);

describe('base add', () => {
  test('takes a folder, under its name or another', async () => {
    await writeFiles(join(root, 'My_GPT'), gpt2Files());
    const { status, out } = await add([join(root, 'My_GPT')]);
    expect(out).toMatch(/^my-gpt: gpt2, 2 layers of width 8, sha256 [0-9a-f]{64}$/);
    expect(status).toBe(0);
    const second = await add([join(root, 'My_GPT'), '--name', 'other', '--json']);
    expect(JSON.parse(second.out)).toMatchObject({ name: 'other', sha256: out.slice(-64) });
    expect((await models()).sort()).toEqual(['my-gpt', 'other']);
  });

  test('refuses a revision of a folder', async () => {
    await writeFiles(join(root, 'My_GPT'), gpt2Files());
    const { status, err } = await add([join(root, 'My_GPT'), '--revision', 'main']);
    expect(err).toContain(`--revision is of a model on a hub, and ${join(root, 'My_GPT')} is none`);
    expect(status).toBe(2);
  });

  test('takes a GGUF file, and says in one line why it refuses one', async () => {
    const { cases } = JSON.parse(
      await readFile(new URL('../../../libs/bases/test/vectors/gguf/models.json', import.meta.url), 'utf8'),
    ) as { cases: { file: string }[] };
    const content = Buffer.from(cases[0]!.file, 'base64');
    await writeFile(join(root, 'Tiny.Q8_0.gguf'), content);
    const { status, out, err } = await add([join(root, 'Tiny.Q8_0.gguf')]);
    expect(out).toMatch(/^tiny-q8-0: llama, 2 layers of width 32, sha256 [0-9a-f]{64}$/);
    expect(err).toMatch(/^Tiny\.Q8_0\.gguf: \d+ bytes$/);
    expect(status).toBe(0);
    await writeFile(join(root, 'cut.gguf'), content.subarray(0, -1000));
    const cut = await add([join(root, 'cut.gguf')]);
    expect(cut.err).toMatch(
      /^\S+cut\.gguf: tensor \S+: lies at \d+ and takes \d+ bytes, and the file has \d+ after its header$/,
    );
    expect(cut.status).toBe(3);
    expect(await models()).toEqual(['tiny-q8-0']);
  });

  test('refuses a folder that lacks what a model is made of, and names the folder and the files', async () => {
    const empty = join(root, 'empty');
    await writeFiles(empty, []);
    const { status, err } = await add([empty]);
    expect(err).toContain(
      `${empty} has no config.json, and no model.safetensors (or model.safetensors.index.json): a base`,
    );
    expect(err).not.toContain('ENOENT');
    expect(status).toBe(3);
    await writeFiles(
      join(root, 'unweighted'),
      [...gpt2Files()].filter(([name]) => !name.endsWith('.safetensors')),
    );
    const unweighted = await add([join(root, 'unweighted')]);
    expect(unweighted.err).toContain('unweighted has no model.safetensors (or model.safetensors.index.json): a base');
    expect(await models()).toEqual([]);
  });

  test('takes a model of a hub', async () => {
    const { status, out, err } = await add([hubModel]);
    expect(out).toMatch(/^some-model: gpt2/);
    expect(err).toContain(`model.safetensors: ${hub.files.get('model.safetensors')?.length} bytes`);
    expect(status).toBe(0);
    expect(await models()).toEqual(['some-model']);
  });

  test('goes on after it was killed in the middle of a file', async () => {
    const { length } = hub.files.get('model.safetensors') as Buffer;
    hub.cuts.set('model.safetensors', -5000); // then silence
    const child = spawn(process.execPath, [bin, 'base', 'add', hubModel], {
      env: { PATH: process.env.PATH, ...env() },
      stdio: 'ignore',
    });
    const part = join(modelsDir, '.incoming', 'some-model', 'model.safetensors.part');
    await waitFor('half of the weights', async () => (await stat(part)).size === 5000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await models()).toEqual(['.incoming']);

    hub.downloads.length = 0;
    expect(await add([hubModel])).toMatchObject({ status: 0 });
    const asked = hub.downloads.filter(({ range }) => range !== 'bytes=0-0');
    expect(asked).toEqual([{ path: 'model.safetensors', range: `bytes=5000-${length - 1}` }]);
    const written = await readFile(join(modelsDir, 'some-model', 'model.safetensors'));
    expect(written.equals(hub.files.get('model.safetensors') as Buffer)).toBe(true);
  });

  test.each<[string, () => void, NodeJS.ProcessEnv, RegExp, number]>([
    [
      'a file of another digest',
      () => hub.listed.set('model.safetensors', { lfs: { oid: 'ab'.repeat(32) } }),
      {},
      /model\.safetensors is not what the hub lists: its sha256 digest is not abab/,
      3,
    ],
    [
      'a missing token',
      () => {
        hub.token = 'hf_right';
      },
      {},
      /refuses someone\/some-model \(401\); .*set HF_TOKEN/,
      3,
    ],
    [
      'a wrong token',
      () => {
        hub.token = 'hf_right';
      },
      { HF_TOKEN: 'hf_wrong' },
      /refuses someone\/some-model \(401\); HF_TOKEN may not read it/,
      3,
    ],
    [
      'a file name that leads out of the folder',
      () => hub.listed.set('tokenizer.json', { path: '../../../tokenizer.json' }),
      {},
      /file "\.\.\/\.\.\/\.\.\/tokenizer\.json" as the hub lists it cannot be used/,
      3,
    ],
    [
      'a model of an unknown kind',
      () => hub.files.set('config.json', Buffer.from('{"model_type":"mamba"}')),
      {},
      /config\.json: model_type: "mamba"/,
      3,
    ],
    [
      'a hub that is not there',
      () => undefined,
      { HF_ENDPOINT: 'http://127.0.0.1:9' },
      /no usable answer from http:\/\/127\.0\.0\.1:9.* \(there is no folder someone\/some-model here either\)$/,
      4,
    ],
  ])('refuses %s in one line, and is no base model after it', async (_, spoil, changes, message, status) => {
    spoil();
    const ran = await add([hubModel], changes);
    expect(ran.err).toMatch(message);
    expect(ran.err).not.toContain('    at ');
    expect(ran.status).toBe(status);
    expect((await models()).filter((name) => name !== '.incoming')).toEqual([]);
    expect(['', 'models']).toContain((await readdir(root)).join());
  });

  test('sends no request where the hub is switched off', async () => {
    const ran = await add([hubModel], { RANKFORGE_HUB: 'off' });
    expect(ran).toMatchObject({ status: 3, err: expect.stringContaining('RANKFORGE_HUB=off') });
    expect(hub.requests).toBe(0);
    expect(await models()).toEqual([]);
  });

  test.each([['./gone'], ['/gone/too'], ['~/gone'], ['gone.gguf']])(
    'takes %s for a file or folder that is not there',
    async (source) => {
      expect(await add([source])).toMatchObject({ status: 2, err: `${source} is not there` });
    },
  );

  test('refuses a folder that is no model, and says which file is wrong', async () => {
    await writeFiles(join(root, 'broken'), new Map<string, string | Buffer>([...gpt2Files(), ['tokenizer.json', '{']]));
    const ran = await add([join(root, 'broken')]);
    expect(ran).toMatchObject({ status: 3, err: `${join(root, 'broken', 'tokenizer.json')}: not JSON` });
    expect(await models()).toEqual([]);
  });
});

describe('base list', () => {
  let platform: Platform;
  let api: TestApi;
  let shared = '';
  beforeAll(async () => {
    shared = await mkdtemp(join(tmpdir(), 'cli-bases-'));
    platform = await createPlatform();
    api = await platform.hostApi({ RANKFORGE_MODELS_DIR: shared });
  });
  afterAll(async () => {
    await platform?.stop();
    await rm(shared, { recursive: true });
  });

  test('tells what was added while the API runs, and what cannot be used', async () => {
    const connection = { RANKFORGE_URL: api.url, RANKFORGE_KEY: platform.keys.viewer };
    await add([hubModel, '--name', 'fresh'], { RANKFORGE_MODELS_DIR: shared });
    await writeFiles(join(shared, 'broken'), gpt2Files());
    await writeFile(join(shared, 'broken', 'config.json'), '{"model_type":"mamba"}');
    const { status, out, err } = await rankforge(['base', 'list'], connection);
    expect(out).toMatch(/^fresh\s+gpt2\s+/m);
    expect(err).toMatch(/^broken cannot be used: broken\/config\.json: model_type: "mamba" is not supported/m);
    expect(status).toBe(0);
  });
});

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HubServer, hubCommit, hubModel, startHub } from '../../../test/support/hub-server.js';
import { downloadFile } from '../src/hub/download.js';
import { HubError } from '../src/hub/errors.js';
import { findModel, type HubFile } from '../src/hub/model.js';
import { readHubSettings } from '../src/hub/settings.js';

const weights = randomBytes(300_000);
const config = Buffer.from('{"model_type":"gpt2"}');

let hub: HubServer;
let folder = '';
beforeEach(async () => {
  hub = await startHub({ 'config.json': config, 'model.safetensors': weights });
  folder = await mkdtemp(join(tmpdir(), 'hub-'));
});
afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

const settings = () => ({ url: hub.url, token: hub.token });
const find = () => findModel(hubModel, settings());
async function download(name: string, seen: number[] = []): Promise<void> {
  const model = await find();
  const file = model.files.find((file) => file.name === name) as HubFile;
  await downloadFile(model, file, { folder, settings: settings(), onProgress: (_, bytes) => seen.push(bytes) });
}
const ranges = () => hub.downloads.flatMap(({ range }) => (range === 'bytes=0-0' ? [] : [range]));

describe('a model', () => {
  test('is found with its commit, licence and files', async () => {
    const { id, commit, licence, files } = await find();
    expect({ id, commit, licence }).toEqual({ id: hubModel, commit: hubCommit, licence: 'apache-2.0' });
    expect(files.map(({ name, bytes, digest }) => [name, bytes, digest.kind])).toEqual([
      ['config.json', config.length, 'git'],
      ['model.safetensors', weights.length, 'sha256'],
    ]);
    // `printf '{"model_type":"gpt2"}' | git hash-object --stdin`
    expect(files[0]?.digest.hex).toBe('681c693376013230a961d427942459a2ac613f60');
  });

  test.each([
    ['', /no id of a model/],
    ['../etc', /no id of a model/],
    ['a/b/c', /no id of a model/],
    ['someone/unknown', /has no model someone\/unknown, or not this revision of it \(404\)/],
  ])('called "%s" is refused', async (id, message) => {
    await expect(findModel(id, settings())).rejects.toThrow(HubError);
    await expect(findModel(id, settings())).rejects.toThrow(message);
  });

  test('needs the right token where the hub asks for one', async () => {
    hub.token = 'hf_right';
    await expect(findModel(hubModel, { url: hub.url, token: undefined })).rejects.toThrow(/401.*set HF_TOKEN/);
    await expect(findModel(hubModel, { url: hub.url, token: 'hf_wrong' })).rejects.toThrow(/HF_TOKEN may not read it/);
    await download('config.json');
    expect((await readFile(join(folder, 'config.json'))).equals(config)).toBe(true);
  });

  test.each(['../../evil', 'a/b', '/etc/passwd', '..\\evil', '..', 'x\0y'])(
    'that lists the file %j is refused',
    async (path) => {
      hub.listed.set('config.json', { path });
      await expect(find()).rejects.toThrow(HubError);
      await expect(find()).rejects.toThrow(/file ".*" as the hub lists it cannot be used: path is no plain file name/);
    },
  );

  test('is refused where a size or a digest is malformed', async () => {
    hub.listed.set('config.json', { size: -1 });
    await expect(find()).rejects.toThrow(/file "config\.json" .*: size /);
    hub.listed.set('config.json', { oid: 'xyz' });
    await expect(find()).rejects.toThrow(/file "config\.json" .*: oid /);
  });

  test('names the proxy that was passed by where the hub is unreachable', async () => {
    const { url } = hub;
    await hub.close();
    const settings = readHubSettings({ HF_ENDPOINT: url, https_proxy: 'http://proxy.example:3128' });
    await expect(findModel(hubModel, settings)).rejects.toThrow(
      /\(ECONNREFUSED\); https_proxy names a proxy, .*NODE_USE_ENV_PROXY=1/,
    );
    expect(readHubSettings({ HTTPS_PROXY: 'http://proxy.example', NODE_USE_ENV_PROXY: '1' })).not.toHaveProperty(
      'passedProxy',
    );
    hub = await startHub({});
  });

  test('is refused where the hub is unreachable', async () => {
    const { url } = hub;
    await hub.close();
    await expect(findModel(hubModel, { url, token: undefined })).rejects.toThrow(
      `no usable answer from ${url} for ${hubModel} (ECONNREFUSED)`,
    );
    hub = await startHub({});
  });
});

describe('a file', () => {
  test('comes whole, with its progress, and is not asked for again', async () => {
    const seen: number[] = [];
    await download('model.safetensors', seen);
    expect((await readFile(join(folder, 'model.safetensors'))).equals(weights)).toBe(true);
    expect(seen.at(-1)).toBe(weights.length);
    const asked = hub.downloads.length;
    await download('model.safetensors');
    expect(hub.downloads).toHaveLength(asked);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  test('goes on where the connection broke', async () => {
    hub.cuts.set('model.safetensors', 100_000);
    await expect(download('model.safetensors')).rejects.toThrow(
      /model\.safetensors stopped after 100000 of 300000 bytes \(.+\); run this again to go on/,
    );
    expect(await readdir(folder)).toEqual(['model.safetensors.part']);
    expect((await readFile(join(folder, 'model.safetensors.part'))).equals(weights.subarray(0, 100_000))).toBe(true);
    await download('model.safetensors');
    expect(ranges()).toEqual([undefined, 'bytes=100000-299999']);
    expect((await readFile(join(folder, 'model.safetensors'))).equals(weights)).toBe(true);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  test('starts over when what was kept is of other content', async () => {
    await writeFile(join(folder, 'model.safetensors.part'), Buffer.alloc(1000));
    await download('model.safetensors');
    expect(ranges()).toEqual(['bytes=1000-299999', undefined]);
    expect((await readFile(join(folder, 'model.safetensors'))).equals(weights)).toBe(true);
  });

  test('starts over when more was kept than there is', async () => {
    await writeFile(join(folder, 'model.safetensors.part'), Buffer.alloc(300_001));
    await download('model.safetensors');
    expect((await readFile(join(folder, 'model.safetensors'))).equals(weights)).toBe(true);
  });

  test.each([
    ['model.safetensors', { lfs: { oid: 'ab'.repeat(32), size: 300_000 } }, /its sha256 digest is not abab/],
    ['config.json', { oid: 'ab'.repeat(20) }, /config\.json is not what the hub lists: its git digest is not abab/],
    ['config.json', { size: 20 }, /config\.json is listed with 20 bytes and offered with 21/],
  ])('%s that is not as listed (%j) is refused and not kept', async (name, listed, message) => {
    hub.listed.set(name, listed);
    await expect(download(name)).rejects.toThrow(HubError);
    await expect(download(name)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
  });

  test('is refused where it is gone since it was listed', async () => {
    const model = await find();
    hub.files.delete('config.json');
    await expect(downloadFile(model, model.files[0] as HubFile, { folder, settings: settings() })).rejects.toThrow(
      `${hubModel}: config.json is listed but not there`,
    );
  });

  test('replaces one of the same name and size that is damaged', async () => {
    await writeFile(join(folder, 'config.json'), Buffer.alloc(config.length));
    await download('config.json');
    expect((await readFile(join(folder, 'config.json'))).equals(config)).toBe(true);
  });
});

describe('settings', () => {
  test('are those of Hugging Face’s own tools', () => {
    expect(readHubSettings({})).toEqual({ url: 'https://huggingface.co', token: undefined });
    expect(readHubSettings({ HF_TOKEN: '', HF_ENDPOINT: 'http://localhost:9/' })).toEqual({
      url: 'http://localhost:9',
      token: undefined,
    });
    expect(readHubSettings({ HF_TOKEN: 'hf_x' }).token).toBe('hf_x');
  });

  test('switch the hub off', () => {
    expect(() => readHubSettings({ RANKFORGE_HUB: 'off' })).toThrow(HubError);
  });

  test.each([
    ['HF_ENDPOINT', 'huggingface.co'],
    ['HF_TOKEN', 'secret'],
    ['RANKFORGE_HUB', 'no'],
  ])('that are wrong are named: %s', (name, value) => {
    expect(() => readHubSettings({ [name]: value })).toThrow(new RegExp(`${name}: .*`));
  });
});

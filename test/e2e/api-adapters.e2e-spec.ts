/** @file A trained adapter as it leaves, through the API and through the command line. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { dataOf, openClient } from '@rankforge/client';
import { ArtifactStore, claimTrial, finishTrial, recordArtifact } from '@rankforge/db';
import {
  evaluate,
  findMethod,
  importAdapter,
  type LoadedBase,
  loadBase,
  readAdapter,
  readStates,
} from '@rankforge/peft';
import supertest from 'supertest';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rankforge } from '../../apps/cli/test/support/run.js';
import { waitFor } from '../support/index.js';
import {
  type ApiUnderTest,
  create,
  expectProblem,
  playWorker,
  startApi,
  sweep,
  trialsOf,
  uploadsIn,
} from './api-client.js';
import { data, type TrainedAdapters, trainAdapters } from './trained-adapters.js';

let api: ApiUnderTest;
let base: LoadedBase;
let folder: string;
let trials: TrainedAdapters['trials'];
let adapters: TrainedAdapters['adapters'];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-adapters-'));
  api = await startApi();
  base = await loadBase(join(api.modelsDir, api.base));
  ({ trials, adapters } = await trainAdapters(api, base));
});
afterAll(async () => {
  base.dispose();
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

const pathOf = (method: string, format: string) => `/v1/trials/${trials.get(method)!.id}/adapter?format=${format}`;

async function download(method: string, format: string): Promise<Map<string, Buffer>> {
  const response = await api.get(pathOf(method, format)).responseType('blob').expect(200);
  expect(response.headers['content-type']).toBe('application/x-tar');
  const entries = extract();
  entries.end(response.body as Buffer);
  const files = new Map<string, Buffer>();
  for await (const entry of entries) files.set(entry.header.name, await buffer(entry));
  return files;
}

const lossesOf = async (method: string, adapter: Uint8Array) =>
  Array.from((await evaluate({ model: base, method: findMethod(method), adapter, data, split: 'test' })).columns.loss!);

describe('the adapter of a trial', () => {
  it('comes as our own file by default', async () => {
    const response = await api.get(pathOf('lora', 'native')).responseType('blob').expect(200);
    expect(response.headers['content-disposition']).toBe('attachment; filename="lora-r2-seed0.safetensors"');
    expect(Buffer.compare(response.body as Buffer, Buffer.from(adapters.get('lora')!))).toBe(0);
  });

  it('comes as a folder of Python peft that gives the same losses when it is read again', async () => {
    const files = await download('lora', 'peft');
    expect([...files.keys()]).toEqual(['README.md', 'adapter_config.json', 'adapter_model.safetensors']);
    const config = JSON.parse(files.get('adapter_config.json')!.toString()) as Record<string, unknown>;
    expect(config).toMatchObject({ peft_type: 'LORA', base_model_name_or_path: api.base, r: 4, lora_alpha: 4 });
    const { tensors } = readStates(files.get('adapter_model.safetensors')!, 'adapter_model.safetensors');
    const back = importAdapter({ model: base.config, config, tensors });
    const [losses, expected] = [await lossesOf('lora', back.adapter), await lossesOf('lora', adapters.get('lora')!)];
    for (const [index, loss] of losses.entries()) expect(loss).toBeCloseTo(expected[index]!, 5);
  });

  it('names the model and the commit of the hub that its base was added from', async () => {
    const file = join(api.modelsDir, api.base, 'provenance.json');
    const was = await readFile(file, 'utf8').catch(() => undefined);
    const commit = '4e20de362430cd3b72f300e6b0f18e50e7166e08';
    const added = {
      madeBy: 'rankforge base add',
      hub: 'https://huggingface.co',
      model: 'meta-llama/Llama-3.2-1B',
      commit,
    };
    await writeFile(file, JSON.stringify(added));
    const files = await download('lora', 'peft');
    await (was === undefined ? rm(file) : writeFile(file, was));
    const config = JSON.parse(files.get('adapter_config.json')!.toString()) as Record<string, unknown>;
    expect(config).toMatchObject({ base_model_name_or_path: 'meta-llama/Llama-3.2-1B', revision: commit });
    expect(files.get('README.md')!.toString()).toContain(
      `from_pretrained("meta-llama/Llama-3.2-1B", revision="${commit}")`,
    );
    const { config: own } = await download('lora', 'peft').then((again) => ({
      config: JSON.parse(again.get('adapter_config.json')!.toString()) as Record<string, unknown>,
    }));
    expect(own).toMatchObject({ base_model_name_or_path: api.base, revision: null });
    // The file is imported onto a base by the name that this has here.
    const { tensors } = readStates(files.get('adapter_model.safetensors')!, 'adapter_model.safetensors');
    expect(importAdapter({ model: base.config, config, tensors }).method).toBe('lora');
  });

  it('comes merged into a whole model that the library opens, with the trained biases in it', async () => {
    // Files that other programs read beside a base go along.
    const said = JSON.stringify({ chat_template: '{{ messages }}' });
    await writeFile(join(api.modelsDir, api.base, 'tokenizer_config.json'), said);
    const files = await download('bitfit', 'merged');
    expect([...files.keys()]).toEqual([
      'README.md',
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(files.get('tokenizer_config.json')!.toString()).toBe(said);
    const merged = join(folder, 'merged');
    await mkdir(merged);
    for (const [name, bytes] of files) await writeFile(join(merged, name), bytes);
    const opened = await loadBase(merged);
    const trained = readAdapter(adapters.get('bitfit')!).tensors;
    expect(trained.size).toBeGreaterThan(5);
    for (const [path, { values }] of trained) expect(opened.host(path).values, path).toEqual(values);
    expect(opened.host('embedding.tokens').values).toEqual(base.host('embedding.tokens').values);
  });

  it('is refused in the format of peft, with the reason, where only the merged model holds it', async () => {
    const problem = expectProblem(await api.get(pathOf('bitfit', 'peft')), 409, 'conflict');
    expect(problem.detail).toMatch(/BitFit trains the base model itself.*'merged'/);
  });

  it('is not there before its trial has ended, and not for another format', async () => {
    expectProblem(await api.get(pathOf('vera', 'peft')), 409, 'conflict');
    expectProblem(await api.get(pathOf('lora', 'gguf')), 400, 'validation', ['/format']);
    expectProblem(await api.get(`/v1/trials/${trials.get('lora')!.sweepId}/adapter`), 404, 'not-found');
  });

  it('refuses a scoring, and names the training that has one', async () => {
    const [where, scoresTrialId] = [{ id: trials.get('vera')!.id }, trials.get('lora')!.id];
    await api.platform.db.trial.update({ where, data: { scoresTrialId } });
    const { detail } = expectProblem(await api.get(pathOf('vera', 'native')), 409, 'conflict');
    await api.platform.db.trial.update({ where, data: { scoresTrialId: null } });
    expect(detail).toBe(
      `The trial is a scoring, which makes no adapter: ask for that of the training, trial ${scoresTrialId}`,
    );
  });

  it('makes and records nothing where its head alone is asked for', async () => {
    const downloads = () => api.platform.db.audit.count({ where: { action: { endsWith: '.download' } } });
    const before = await downloads();
    const head = (path: string) =>
      supertest(api.api.url).head(path).set('authorization', `Bearer ${api.platform.keys.viewer}`);
    const { id } = await api.platform.db.artifact.findFirstOrThrow({
      where: { trialId: trials.get('lora')!.id, kind: 'adapter' },
    });
    for (const path of [pathOf('lora', 'native'), `/v1/artifacts/${id}`]) {
      const { headers } = await head(path).expect(200);
      expect(headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-length': String(adapters.get('lora')!.byteLength),
        'content-disposition': expect.stringMatching(/^attachment; filename="lora-r2-seed0.*\.safetensors"$/),
      });
    }
    // A conversion would be refused.
    const { headers } = await head(pathOf('bitfit', 'peft')).expect(200);
    expect(headers['content-type']).toBe('application/x-tar');
    expectProblem(await api.get(pathOf('vera', 'peft')), 409, 'conflict');
    expect((await head(pathOf('vera', 'peft'))).status).toBe(409);
    expect(await downloads()).toBe(before);
  });

  it('says in which formats it can be had, the best first', async () => {
    const of = async (method: string) =>
      (await api.get(`/v1/trials/${trials.get(method)!.id}`).expect(200)).body.formats;
    expect(await of('lora')).toEqual(['peft', 'merged', 'native']);
    expect(await of('bitfit')).toEqual(['merged', 'native']);
    expect(await of('vera')).toEqual([]);
  });

  it('says whether vLLM serves it, and why not', async () => {
    const of = async (method: string) =>
      (await api.get(`/v1/trials/${trials.get(method)!.id}`).expect(200)).body.servable;
    expect(await of('lora')).toEqual({
      servable: false,
      reasons: ["vLLM has no adapters for the base model's class"],
      maxLoraRank: 8,
    });
    expect((await of('bitfit')).reasons.join()).toMatch(/merge it and serve the model/);
  });

  it('leaves no folder, and ends its conversion, once its client is gone', async () => {
    const exports = () => uploadsIn(api.platform.dataDir);
    const request = get(`${api.api.url}${pathOf('bitfit', 'merged')}`, {
      headers: { authorization: `Bearer ${api.platform.keys.viewer}` },
    });
    request.on('error', () => undefined); // it is cut off
    await waitFor('the conversion to begin', async () => (await exports()).length > 0, { everyMs: 5 });
    request.destroy();
    // A folder goes when its answer has ended, so a client may be a moment ahead.
    await waitFor('exports to be discarded', async () => (await exports()).length === 0);
  });
});

describe('an adapter whose base model was replaced by another of its name', () => {
  const config = () => join(api.modelsDir, api.base, 'config.json');
  let [kept, imported] = ['', ''];
  beforeAll(async () => {
    const files = await download('lora', 'peft');
    const spec = {
      name: 'theirs',
      base: api.base,
      config: JSON.parse(files.get('adapter_config.json')!.toString()) as object,
    };
    const posted = api.post('/v1/adapters').field('spec', JSON.stringify(spec));
    imported = (await posted.attach('file', files.get('adapter_model.safetensors')!, 'f').expect(201)).body.name;
    kept = await readFile(config(), 'utf8');
    // Another file, and the same model: only the digest tells.
    await writeFile(config(), `${kept}\n`);
  });
  afterAll(() => writeFile(config(), kept));

  const replaced = (what: string) =>
    new RegExp(
      `^${what} was made on another ${api.base} than there is now: the folder of the base model was replaced `,
    );

  it('leaves as it is stored, and neither for Python peft nor merged', async () => {
    await api.get(pathOf('lora', 'native')).expect(200);
    for (const format of ['peft', 'merged']) {
      const { detail } = expectProblem(await api.get(pathOf('lora', format)), 409, 'conflict');
      expect(detail).toMatch(replaced('This adapter'));
    }
  });

  it.each<[string, string, (id: string) => Parameters<typeof sweep>[1]]>([
    ['start from it', '/methods/0/from', (id) => ({ methods: [{ name: 'lora', from: id }], rank: undefined })],
    ['learn from it', '/methods/0/teacher', (id) => ({ methods: [{ name: 'lora', teacher: id }] })],
    ['build on it', '/on', (id) => ({ on: id })],
  ])('lets no sweep %s', async (_, path, asked) => {
    const { id } = trials.get('lora')!;
    for (const named of path === '/on' ? [id] : [id, imported]) {
      const { errors } = expectProblem(await api.post('/v1/sweeps', sweep(api.base, asked(named))), 400, 'validation');
      expect(errors).toContainEqual({ path, message: expect.stringMatching(replaced(named)) });
    }
  });

  it('cannot be a generator', async () => {
    const { id } = trials.get('lora')!;
    const asked = { name: 'own', kind: 'adapter', trial: id };
    const { errors } = expectProblem(await api.post('/v1/generators', asked), 400, 'validation', ['/trial']);
    expect(errors![0]!.message).toMatch(replaced(`trial ${id}`));
  });

  it('serves where nobody noted what it was made on, as by earlier versions', async () => {
    const { db } = api.platform;
    const noted = { where: { id: trials.get('lora')!.sweepId }, select: { baseSha256: true } } as const;
    const { baseSha256 } = await db.sweep.findUniqueOrThrow(noted);
    await db.sweep.update({ where: noted.where, data: { baseSha256: null } });
    expect((await download('lora', 'peft')).size).toBe(3);
    await db.sweep.update({ where: noted.where, data: { baseSha256 } });
  });
});

describe('a sweep that names a training whose adapter is not in the store', () => {
  const named = (field: 'from' | 'teacher') => () =>
    api.post('/v1/sweeps', sweep(api.base, { methods: [{ name: 'lora', [field]: trials.get('lora')!.id }] }));

  it.each(['from', 'teacher'] as const)('is refused as long as that lasts, where %s names it', async (field) => {
    const { sha256 } = await api.platform.db.artifact.findFirstOrThrow({
      where: { trialId: trials.get('lora')!.id, kind: 'adapter' },
    });
    const path = new ArtifactStore(join(api.platform.dataDir, 'artifacts')).pathOf(sha256);
    await rename(path, `${path}.away`);
    const problem = expectProblem(await named(field)(), 503, 'unavailable');
    expect(problem.detail).toBe(`The bytes of the adapter of training ${trials.get('lora')!.id} cannot be read`);
    await writeFile(path, 'damaged');
    expectProblem(await named(field)(), 503, 'unavailable');
    await rename(`${path}.away`, path);
    expect((await named(field)()).status).toBeLessThan(500);
  });
});

describe('rankforge adapter download', () => {
  const run = (args: string[]) =>
    rankforge(['adapter', 'download', ...args], {
      RANKFORGE_URL: api.api.url,
      RANKFORGE_KEY: api.platform.keys.viewer,
    });

  it('unpacks a folder, and does not write over one', async () => {
    const output = join(folder, 'peft');
    const args = [trials.get('lora')!.id, '--format', 'peft', '--output', output];
    const { status, out, err } = await run(args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('adapter_model.safetensors');
    expect(out).toContain('vLLM does not serve it');
    expect(out).toContain(`In Python:\n\nfolder = ${JSON.stringify(output)}\n`);
    expect(out).toContain(`model = PeftModel.from_pretrained(base, folder).eval()`);
    expect(JSON.parse(await readFile(join(output, 'adapter_config.json'), 'utf8'))).toMatchObject({
      peft_type: 'LORA',
    });
    expect((await run(args)).err).toMatch(/is there already/);
  });

  it('names the command of a format that is possible where another was asked for', async () => {
    const { id } = trials.get('bitfit')!;
    const { status, err } = await run([id, '--format', 'peft']);
    expect(status).toBe(3);
    expect(err).toMatch(/BitFit trains the base model itself/);
    expect(err).toContain(`It can be had by: rankforge adapter download ${id} --format merged`);
    const native = await run([id, '--format', 'native', '--output', join(folder, 'bitfit.safetensors')]);
    expect(native.out).toContain('Python reads it as merged: --format merged');
  });

  it('takes the best format that the method has where none is named, as the API does', async () => {
    const output = join(folder, 'bitfit');
    const { status, out } = await run([trials.get('bitfit')!.id, '--output', output]);
    expect(status).toBe(0);
    expect(out).toContain(`In Python:\n\nfolder = ${JSON.stringify(output)}\n`);
    expect(await readdir(output)).toContain('model.safetensors');
    const names = { bitfit: /bitfit-seed\d+-merged\.tar/, lora: /lora-r\d+-seed\d+-peft\.tar/ };
    for (const [method, name] of Object.entries(names)) {
      const { headers } = await api.get(`/v1/trials/${trials.get(method)!.id}/adapter`).expect(200);
      expect([headers['content-type'], headers['content-disposition']]).toEqual([
        'application/x-tar',
        expect.stringMatching(name),
      ]);
    }
  });

  it('takes that of a row of a sweep by the seed that is best on validation, and says which', async () => {
    const { db, dataDir } = api.platform;
    const workerId = await playWorker(api);
    const { id } = await create(api, { methods: [{ name: 'lora' }], rank: [2], seed: [0, 1, 2], learningRate: [0.02] });
    const validation = new Map([
      [0, 12.5],
      [1, 11.25],
      [2, 13],
    ]);
    const store = new ArtifactStore(join(dataDir, 'artifacts'));
    const stored = await store.put(adapters.get('lora')!);
    const seeds = new Map<number, string>();
    for (const trial of await trialsOf(api, id)) {
      seeds.set(trial.seed, trial.id);
      const { lease } = (await claimTrial(db, { trialId: trial.id, workerId, device: 'host', leaseSeconds: 60 }))!;
      await recordArtifact(db, lease, { kind: 'adapter', step: 3, ...stored }, { keep: 1 });
      const perplexity = validation.get(trial.seed)!;
      const result = { seconds: 1, validation: { perplexity } };
      await finishTrial(db, lease, { state: 'SUCCEEDED', result, objective: perplexity, step: 3 }, '');
    }
    const output = join(folder, 'winner.safetensors');
    const { status, out, err } = await run(['--of-sweep', id, '--format', 'native', '--output', output]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const why = `row 1, lora r2: seed 1, the best of 3 seeds on validation (perplexity 11.25), trial ${seeds.get(1)}`;
    expect(out.split('\n')[0]).toBe(why);
    expect(await readFile(output)).toEqual(Buffer.from(adapters.get('lora')!));
    const refused = await run(['--of-sweep', id, '--row', '2']);
    expect(refused.status).toBe(3);
    expect(refused.err).toContain('row is 2: the board has 1 row');
    const { task, base: own } = await api.platform.db.sweep.findUniqueOrThrow({ where: { id } });
    const query = `task=${encodeURIComponent(task)}&base=${encodeURIComponent(own)}&sweepId=${id}`;
    const winner = (await api.get(`/v1/leaderboard/winner?${query}`).expect(200)).body;
    expect(winner).toMatchObject({ row: 1, trialId: seeds.get(1), seed: 1, seeds: 3, validation: 11.25 });
    expect(winner.formats[0]).toBe('peft');
    const client = openClient({ url: api.api.url, key: api.platform.keys.viewer });
    const found = dataOf(
      await client.GET('/v1/leaderboard/winner', { params: { query: { task, base: own, sweepId: id } } }),
    );
    expect(found).toEqual(winner);
    const { response } = await client.GET('/v1/trials/{id}/adapter', {
      params: { path: { id: found.trialId } },
      parseAs: 'stream',
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-tar']);
    await response.body!.cancel();
    expect(winner.python).toContain('folder = "lora-r2-seed1-peft"\n');
    expect(winner.python).toContain('model = PeftModel.from_pretrained(base, folder).eval()');
    expect((await run([])).err).toContain('name a trial, or --of-sweep <id> for the winner of a sweep');
    expect((await run([seeds.get(0)!, '--of-sweep', id])).err).toContain('name one of them');
    expect((await run([seeds.get(0)!, '--row', '1'])).err).toContain('name it with --of-sweep');
  });

  it('says what the API says, and leaves no folder', async () => {
    const output = join(folder, 'refused');
    const { status, err } = await run([trials.get('bitfit')!.id, '--format', 'peft', '-o', output]);
    expect(status).toBe(3);
    expect(err).toMatch(/trains the base model itself/);
    await expect(readdir(output)).rejects.toThrow(/ENOENT/);
  });
});

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BaseList } from '@rankforge/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gpt2Files, writeFiles } from '../support/gpt2-files.js';
import { type ApiUnderTest, create, expectProblem, startApi, sweep, trialsOf } from './api-client.js';
import { untilCompleted } from './worker-sweeps.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.stop());

const list = async () => BaseList.parse((await api.get('/v1/bases').expect(200)).body);
const folder = (name: string) => join(api.modelsDir, name);

describe('GET /v1/bases', () => {
  it('lists a folder in the format of Hugging Face as soon as it is there, with its provenance', async () => {
    expect((await list()).bases.map(({ name }) => name)).toEqual([api.base]);
    await writeFiles(folder('gpt2-small'), gpt2Files('sharded'));
    const { bases, unusable } = await list();
    expect(unusable).toEqual([]);
    expect(bases[0]).toMatchObject({
      name: 'gpt2-small',
      architecture: 'gpt2',
      // Tables of 13 and 16 rows; per block 2 norms, attention 4·(8·8 + 8), MLP 8·32 + 32 + 32·8 + 8; a final norm.
      parameters: (13 + 16) * 8 + 2 * (2 * 16 + 4 * 72 + 288 + 264) + 16,
      layers: 2,
      width: 8,
      input: { kind: 'tokens', vocabularySize: 13, contextLength: 16 },
      targets: ['query', 'key', 'value', 'output', 'fc_in', 'fc_out'],
      provenance: { modelType: 'gpt2' },
    });
    const files = bases[0]?.provenance.files as { name: string }[];
    expect(files.map(({ name }) => name)).toContain('model-00002-of-00003.safetensors');
  });

  it('reports a broken folder with its reason beside the others, and takes it in once it is mended', async () => {
    await writeFiles(folder('broken'), new Map<string, string | Buffer>([...gpt2Files(), ['tokenizer.json', '{}']]));
    const { bases, unusable } = await list();
    expect(bases.map(({ name }) => name)).toEqual(['gpt2-small', api.base]);
    expect(unusable).toEqual([{ name: 'broken', reason: expect.stringMatching(/^broken\/tokenizer\.json: model: /) }]);

    const refused = await api.post('/v1/sweeps', sweep('broken'));
    const { errors } = expectProblem(refused, 400, 'validation', ['/base']);
    expect(errors?.[0]?.message).toMatch(/^cannot be used: broken\/tokenizer\.json/);

    await writeFiles(folder('broken'), gpt2Files());
    expect((await list()).unusable).toEqual([]);
  });

  it('no longer lists a folder that is gone', async () => {
    await rm(folder('broken'), { recursive: true });
    expect((await list()).bases.map(({ name }) => name)).toEqual(['gpt2-small', api.base]);
  });
});

describe('POST /v1/sweeps', () => {
  const training = { steps: 2, batchSize: 2, sequenceLength: 16 };

  it('takes a base model that was added after the API started, and keys its trials by what is in the folder', async () => {
    const keyOf = async () => {
      const { id } = await create(api, { base: 'gpt2-small', training });
      return (await trialsOf(api, id))[0]?.key;
    };
    const key = await keyOf();
    expect(await keyOf()).toBe(key);
    await writeFile(join(folder('gpt2-small'), 'tokenizer.json'), `${gpt2Files().get('tokenizer.json')}\n`);
    expect(await keyOf()).not.toBe(key);
  });

  it('names the base models there are where one is unknown', async () => {
    const refused = await api.post('/v1/sweeps', sweep('nothing'));
    const { errors } = expectProblem(refused, 400, 'validation', ['/base']);
    expect(errors?.[0]?.message).toBe(`unknown base model; known: gpt2-small, ${api.base}`);
  });
});

describe('a worker', () => {
  it('trains and scores on a folder of Hugging Face as on ours', async () => {
    await api.platform.startWorker({ RANKFORGE_MODELS_DIR: api.modelsDir });
    const training = { steps: 5, batchSize: 2, sequenceLength: 16 };
    const { id } = await create(api, {
      base: 'gpt2-small',
      methods: [{ name: 'lora' }, { name: 'full-ft' }],
      training,
    });
    await untilCompleted(api.platform, id);
    const trials = await trialsOf(api, id);
    expect(trials.map(({ kind, method, state }) => `${kind} ${method} ${state}`).sort()).toEqual([
      'score full-ft SUCCEEDED',
      'score lora SUCCEEDED',
      'train full-ft SUCCEEDED',
      'train lora SUCCEEDED',
    ]);
    for (const { kind, measuredBytes, predictedBytes } of trials) {
      if (kind === 'train') expect(Math.abs(measuredBytes! / predictedBytes - 1)).toBeLessThan(0.02);
    }
  });
});

/** @file Sweeps on data sets of an installation: what of their examples a training reads, and where their texts end. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreateSweepInput, ReadLengths, SweepPreview, TrialDetail } from '@rankforge/contracts';
import { ArtifactStore } from '@rankforge/db';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyBase } from '../support/tiny-base.js';
import { syllables, uploadTo } from './animals.js';
import { type ApiUnderTest, create, expectProblem, startApi, sweep, trialsOf } from './api-client.js';

let api: ApiUnderTest;
let long: string;
beforeAll(async () => {
  api = await startApi();
  long = await writeTinyBase(api.modelsDir, undefined, { name: 'tiny-long', width: 32, layers: 1, contextLength: 512 });
  // Every prompt is a word, and a completion 100 words or, in two of fifty chats, 400: each word is two tokens or more.
  const words = (count: number, from: number) =>
    Array.from({ length: count }, (_, at) => syllables[(from + at * 7) % 15]! + syllables[(from * 3 + at) % 15]!);
  const chats = Array.from({ length: 50 }, (_, at) =>
    JSON.stringify({
      asked: words(1, at).join(' '),
      said: words(at % 25 === 0 ? 400 : 100, at).join(' '),
      split: at < 40 ? 'train' : at < 45 ? 'validation' : 'test',
    }),
  );
  const request = {
    name: 'chats',
    format: 'jsonl',
    mapping: { objective: 'instruction-tuning', prompt: 'asked', completion: 'said' },
    split: { by: 'column', column: 'split' },
  };
  const added = await uploadTo(api, '/v1/datasets', request, chats.join('\n'), 'chats.jsonl');
  expect(added.status, JSON.stringify(added.body)).toBe(201);
});
afterAll(() => api?.stop());

const asked = (training: CreateSweepInput['training'], base = long) =>
  sweep(base, { task: 'dataset:chats', training: { steps: 10, batchSize: 4, ...training } });
const preview = async (request: CreateSweepInput) =>
  (await api.post('/v1/sweeps/preview', request).expect(200)).body as SweepPreview;
const lengthOf = async (id: string) => {
  const [trial] = await trialsOf(api, id);
  const { spec } = (await api.get(`/v1/trials/${trial!.id}`).expect(200)).body as TrialDetail;
  return spec.training.sequenceLength;
};

describe('a sweep that names no length', () => {
  let lengths: ReadLengths;
  beforeAll(async () => {
    lengths = (await preview(asked({}))).lengths!;
  });

  it('gets the one that 95 % of the examples need, with what it cuts', () => {
    expect(lengths).toMatchObject({ fromData: true, sampled: 40, cut: 2 / 40 });
    expect(lengths.sequenceLength % 32).toBe(0);
    expect(lengths.sequenceLength).toBeGreaterThan(200);
    expect(lengths.sequenceLength).toBeLessThan(512);
    expect(lengths.longest).toBeGreaterThan(800);
    expect(lengths.learnedCut).toBeGreaterThan(0);
  });

  it('keeps it in its request and its trials', async () => {
    const made = await create(api, asked({}));
    expect(made.spec.training.sequenceLength).toBe(lengths.sequenceLength);
    expect(await lengthOf(made.id)).toBe(lengths.sequenceLength);
  });

  it('gets no longer one than the base reads', async () => {
    expect((await preview(asked({}, api.base))).lengths).toMatchObject({ fromData: true, sequenceLength: 64, cut: 1 });
  });
});

describe('a sweep that names a length', () => {
  it('keeps it, and its preview says what that cuts', async () => {
    const { lengths } = await preview(asked({ sequenceLength: 64 }));
    expect(lengths).toMatchObject({ sequenceLength: 64, sampled: 40, cut: 1 });
    expect(lengths!.fromData).toBeUndefined();
    expect(lengths!.learnedCut).toBeGreaterThan(0.6);
    const made = await create(api, asked({ sequenceLength: 64 }));
    expect(await lengthOf(made.id)).toBe(64);
  });

  it('hears nothing of it for a built-in task', async () => {
    expect((await preview(sweep(long))).lengths).toBeUndefined();
  });
});

it('names the ends of texts that files beside a base add, in trials that learn one', async () => {
  const name = await writeTinyBase(api.modelsDir, undefined, { name: 'tiny-chat', width: 32, layers: 1 });
  const beside = (file: string, content: object) => writeFile(join(api.modelsDir, name, file), JSON.stringify(content));
  await beside('generation_config.json', { eos_token_id: [3, 5, 4] });
  // Its tokenizer is that of nano-sotu, whose token 4 is "$".
  await beside('tokenizer_config.json', { eos_token: '$' });
  const endsOf = async (request: CreateSweepInput) => {
    const [trial] = await trialsOf(api, (await create(api, request)).id);
    return ((await api.get(`/v1/trials/${trial!.id}`).expect(200)).body as TrialDetail).spec.ends;
  };
  expect(await endsOf(asked({ sequenceLength: 16 }, name))).toEqual([4, 3, 5]);
  expect(await endsOf(sweep(name))).toBeUndefined();
  expect(await endsOf(asked({ sequenceLength: 16 }))).toBeUndefined();
});

it('says that a length cannot follow from data that is gone', async () => {
  const request = {
    name: 'gone',
    format: 'csv',
    mapping: { objective: 'classification', text: 'text', label: 'label' },
    split: { by: 'column', column: 'split' },
  };
  const rows = 'text,label,split\na b,x,train\nc d,y,train\ne f,x,validation\ng h,y,test\n';
  const { sha256 } = (await uploadTo(api, '/v1/datasets', request, rows, 'gone.csv').expect(201)).body;
  await rm(new ArtifactStore(join(api.platform.dataDir, 'artifacts')).pathOf(sha256));
  const sent = sweep(long, { task: 'dataset:gone', training: { steps: 10, batchSize: 4 } });
  const problem = expectProblem(await api.post('/v1/sweeps', sent), 400, 'validation', ['/training/sequenceLength']);
  expect(problem.errors![0]!.message).toMatch(/^cannot follow from the data \(.*\); name a length$/);
  const named = { ...sent, training: { ...sent.training, sequenceLength: 32 } };
  expect((await preview(named)).lengths).toBeUndefined();
});

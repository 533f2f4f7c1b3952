/** @file What the tests of the API share: a platform without workers, and requests by role. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateSweepInput, Problem, Role, SweepDetail, TrialPage, TrialView } from '@rankforge/contracts';
import { registerWorker } from '@rankforge/db';
import supertest from 'supertest';
import { expect } from 'vitest';
import type { Platform, TestApi } from '../support/index.js';
import { type ApiOptions, createPlatform, openApi } from '../support/platform.js';
import { writeTinyBase } from '../support/tiny-base.js';

export interface ApiUnderTest {
  platform: Platform;
  /** Where requests go to; a test may replace it. */
  api: TestApi;
  /** Name of the one base model. */
  base: string;
  modelsDir: string;
  get(path: string, role?: Role): supertest.Test;
  post(path: string, body?: object, role?: Role): supertest.Test;
  delete(path: string, role?: Role): supertest.Test;
  stop(): Promise<void>;
}

/** The real API on its own database, with one untrained base model and no worker. */
export async function startApi(env: NodeJS.ProcessEnv = {}, options: ApiOptions = {}): Promise<ApiUnderTest> {
  const modelsDir = await mkdtemp(join(tmpdir(), 'rankforge-models-'));
  const base = await writeTinyBase(modelsDir);
  const platform = await createPlatform(options);
  const api = await openApi(platform, { RANKFORGE_MODELS_DIR: modelsDir, ...env }, options);
  const bearer = (role: Role) => `Bearer ${platform.keys[role]}`;
  const underTest: ApiUnderTest = {
    platform,
    api,
    base,
    modelsDir,
    get(path, role = 'viewer') {
      return supertest(underTest.api.url).get(path).set('authorization', bearer(role));
    },
    post(path, body, role = 'submitter') {
      const request = supertest(underTest.api.url).post(path).set('authorization', bearer(role));
      return body ? request.send(body) : request;
    },
    delete(path, role = 'submitter') {
      return supertest(underTest.api.url).delete(path).set('authorization', bearer(role));
    },
    async stop() {
      await platform.stop();
      await rm(modelsDir, { recursive: true, force: true });
    },
  };
  return underTest;
}

/** What lies in the folders of the APIs for uploads that are being read. */
export async function uploadsIn(dataDir: string): Promise<string[]> {
  const root = join(dataDir, 'uploads');
  const folders = (await readdir(root)).filter((name) => !name.endsWith('.lock'));
  return (await Promise.all(folders.map((name) => readdir(join(root, name))))).flat();
}

/** A method of a request, with what it is asked for. */
export type MethodInput = CreateSweepInput['methods'][number];

/** LoRA on Moby-Dick under a budget it fits by far. */
export function sweep(base: string, overrides: Partial<CreateSweepInput> = {}): CreateSweepInput {
  return {
    name: 'a sweep',
    task: 'moby-dick',
    base,
    methods: [{ name: 'lora' }],
    rank: [2],
    memoryBudgetMiB: [512],
    learningRate: [0.01],
    seed: [0],
    training: { steps: 10, batchSize: 4, sequenceLength: 32 },
    ...overrides,
  };
}

export async function create(api: ApiUnderTest, overrides: Partial<CreateSweepInput> = {}): Promise<SweepDetail> {
  const response = await api.post('/v1/sweeps', sweep(api.base, overrides));
  expect(response.status, JSON.stringify(response.body)).toBe(201);
  return response.body as SweepDetail;
}

export async function trialsOf(api: ApiUnderTest, sweepId: string): Promise<TrialView[]> {
  const response = await api.get(`/v1/trials?sweepId=${sweepId}&limit=500`).expect(200);
  return (response.body as TrialPage).items;
}

/** Asserts that an answer is a problem of this kind that names these fields. */
export function expectProblem(response: supertest.Response, status: number, kind: string, paths?: string[]): Problem {
  expect(response.status, JSON.stringify(response.body)).toBe(status);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = response.body as Problem;
  expect(problem).toMatchObject({ type: `/problems/${kind}`, status });
  if (paths) expect(problem.errors?.map(({ path }) => path)).toEqual(paths);
  return problem;
}

/** A row for the worker that a test plays itself. */
export function playWorker({ platform }: ApiUnderTest): Promise<string> {
  return registerWorker(platform.db, {
    name: 'played by a test',
    host: 'here',
    pid: process.pid,
    version: '0.0.0',
    engines: ['wasm'],
    slots: 1,
    devices: [
      { id: 'host', name: 'host', kind: 'host', totalBytes: 2 ** 32, capacityBytes: 2 ** 31, reservedBytes: 2 ** 20 },
    ],
  });
}

import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  KeyWithSecret,
  Me,
  ProjectList,
  ProjectView,
  Role,
  SweepPage,
  TaskList,
  TrialPage,
} from '@rankforge/contracts';
import { ArtifactStore, claimTrial, createKey, recordArtifact } from '@rankforge/db';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, sweep, trialsOf } from './api-client.js';

type Method = 'get' | 'post' | 'delete' | 'patch' | 'put';

interface Operation {
  method: Method;
  path: string;
  /** Answers nothing without a query: a board's address is its task and base. */
  needsQuery: boolean;
}

/** What a test reads of an operation in the document of the API. */
interface Described {
  security?: unknown[];
  parameters?: { in: string; required?: boolean }[];
}

let api: ApiUnderTest;
/** Secrets of a project that owns nothing of what the tests make. */
const outsiders = {} as Record<Role, string>;
let other: ProjectView;
let operations: Operation[];
/** By the noun of a path, something of the default project. */
const owned: Record<string, string> = {};

const as = (secret: string, method: Method, path: string) =>
  supertest(api.api.url)[method](path).set('authorization', `Bearer ${secret}`);

beforeAll(async () => {
  api = await startApi();
  const { db, keys } = api.platform;
  other = (await api.post('/v1/projects', { name: 'other' }, 'admin').expect(201)).body as ProjectView;
  for (const role of ['viewer', 'submitter', 'admin'] as const) {
    const made = await as(keys.admin, 'post', '/v1/keys')
      .set('rankforge-project', 'other')
      .send({ name: `other ${role}`, role })
      .expect(201);
    outsiders[role] = (made.body as KeyWithSecret).secret;
  }
  const { paths } = (await api.get('/v1/openapi.json').expect(200)).body as {
    paths: Record<string, Record<string, Described>>;
  };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security?.length !== 0)
      .map(([method, { parameters = [] }]) => ({
        method: method as Method,
        path,
        needsQuery: parameters.some((parameter) => parameter.in === 'query' && parameter.required),
      })),
  );
  await makeOne();
  owned.keys = (await createKey(db, { name: 'a neighbour', role: 'viewer' })).key.id;
});
afterAll(() => api.stop());

/** One of everything, in the default project. */
async function makeOne(): Promise<void> {
  const { db } = api.platform;
  const dataset = await addDataset(api.platform.keys.submitter, 'secret-data');
  expect(dataset.status, JSON.stringify(dataset.body)).toBe(201);
  owned.datasets = dataset.body.id;
  const made = await create(api, { name: 'secret-sweep' });
  owned.sweeps = made.id;
  const [trial] = await trialsOf(api, made.id);
  owned.trials = trial!.id;
  const hook = { url: 'https://example.com/secret-hook', events: ['sweep.completed'] };
  owned.webhooks = (await api.post('/v1/webhooks', hook, 'admin').expect(201)).body.webhook.id;
  const claim = { trialId: trial!.id, workerId: await playWorker(api), device: 'host', leaseSeconds: 600 };
  const { lease } = (await claimTrial(db, claim))!;
  const stored = await new ArtifactStore(join(api.platform.dataDir, 'artifacts')).put(
    Buffer.from('bytes of an adapter'),
  );
  await recordArtifact(db, lease, { kind: 'adapter', step: 3, ...stored }, { keep: 1 });
  owned.artifacts = (await db.artifact.findFirstOrThrow()).id;
  const writer = { kind: 'base', name: 'secret-writer', base: api.base };
  owned.generators = (await api.post('/v1/generators', writer, 'submitter').expect(201)).body.id;
  owned.adapters = '01a20e48-c583-7731-9cc1-72d64fe41111';
  const adapter = { name: 'secret-adapter', base: api.base, method: 'lora', config: {}, targets: ['query'], ...stored };
  await db.importedAdapter.create({ data: { id: owned.adapters, ...adapter } });
  owned.runs = 'secret-runs';
  const run = { method: 'secret-method', score: 0.5 };
  await api.post('/v1/runs', { name: owned.runs, base: owned.runs, runs: [run] }).expect(201);
}

/** Sixty different sentences, so that none is dropped as a repeat; numbered from `first`. */
function addDataset(secret: string, name: string, first = 0): supertest.Test {
  const words = 'sea ship wind sail whale rope mast deck wave harbour'.split(' ');
  const lines = Array.from({ length: 60 }, (_, i) => {
    const at = (step: number) => words[(i * step + Math.floor(i / 10)) % words.length]!;
    return `The ${at(1)} of ${first + i} and the ${at(3)} with ${at(7)} ${i * 17}`;
  });
  const spec = { name, format: 'csv', mapping: { objective: 'language-modelling', text: 'text' } };
  return as(secret, 'post', '/v1/datasets')
    .field('spec', JSON.stringify(spec))
    .attach('file', Buffer.from(`text\n${lines.join('\n')}\n`), 'a.csv');
}

const named = (path: string) => /^\/v1\/([a-z-]+)\/\{/.exec(path)?.[1];

/** A path with the name of a thing; boards of runs have two names, which are the same here. */
const filled = (path: string, id: string) => path.replace(/\{(?:id|name|base)\}/g, id);

describe('a key of another project', () => {
  it('finds nothing under any path that names something', async () => {
    const withId = operations.filter(({ path }) => path.includes('{'));
    // Projects themselves are the installation's: their only such route changes quotas.
    const guarded = withId.filter(({ path }) => named(path) !== 'projects');
    expect(guarded.length).toBeGreaterThan(15);
    for (const { method, path } of guarded) {
      const noun = named(path);
      const id = noun && owned[noun];
      expect(id, `${method} ${path}: the test owns no such thing; make one`).toBeDefined();
      const request = as(outsiders.admin, method, filled(path, id!));
      expectProblem(await (method === 'get' ? request : request.send({})), 404, 'not-found');
    }
  });

  it('gets the same answer for what is another’s and for what is not', async () => {
    const nothing = '01a20e48-c583-7731-9cc1-72d64fe4184a';
    for (const { method, path } of operations.filter(({ path }) => path.includes('{') && named(path) !== 'projects')) {
      const detail = async (id: string) => {
        const { body } = await as(outsiders.admin, method, filled(path, id));
        return String(body.detail).replaceAll(id, '');
      };
      expect(await detail(owned[named(path)!]!), `${method} ${path}`).toBe(await detail(nothing));
    }
  });

  it('is answered where the key of the project is', async () => {
    for (const { method, path } of operations.filter(({ method, path }) => method === 'get' && path.includes('{id}'))) {
      const { status } = await as(api.platform.keys.admin, method, path.replace('{id}', owned[named(path)!]!));
      expect(status, `${method} ${path}`).not.toBe(404);
    }
  });

  it('sees nothing of the others in any listing', async () => {
    const listings = operations.filter(
      ({ method, path, needsQuery }) => method === 'get' && !path.includes('{') && !needsQuery && path !== '/v1/events',
    );
    expect(listings.length).toBeGreaterThan(10);
    const secrets = [
      ...Object.values(owned),
      'secret-sweep',
      'secret-data',
      'secret-adapter',
      'secret-hook',
      'a neighbour',
    ];
    for (const { method, path } of listings) {
      const response = await as(outsiders.admin, method, path);
      expect([200, 403], `${method} ${path}: ${response.status}`).toContain(response.status);
      for (const secret of secrets) expect(response.text, `${method} ${path}`).not.toContain(secret);
    }
  });

  it('gets an empty board, and no task of another’s data', async () => {
    const query = `?task=moby-dick&base=${api.base}`;
    const asked = operations.filter(({ path, needsQuery }) => needsQuery && !path.includes('{'));
    const boards = ['/v1/leaderboard', '/v1/leaderboard/recall'];
    const winner = '/v1/leaderboard/winner';
    expect(asked.map(({ path }) => path).sort()).toEqual([...boards, winner, '/v1/trials/examples']);
    const none = await as(outsiders.viewer, 'get', winner + query).expect(400);
    expect(none.body.detail).toContain('row is 1: the board has 0 rows');
    for (const path of boards) {
      const { body } = await as(outsiders.viewer, 'get', path + query).expect(200);
      expect(body.rows, path).toEqual([]);
      expect(JSON.stringify(body), path).not.toContain('lora');
    }
    const own = await api.get(`/v1/leaderboard${query}`).expect(200);
    expect(JSON.stringify(own.body)).toContain('lora');
    const runs = await as(outsiders.viewer, 'get', '/v1/leaderboard?task=runs:secret-runs&base=secret-runs');
    expectProblem(runs, 400, 'validation', ['/task']);
    const tasks = (await as(outsiders.viewer, 'get', '/v1/tasks').expect(200)).body as TaskList;
    expect(tasks.tasks.map(({ name }) => name)).not.toContain('dataset:secret-data');
    expectProblem(
      await as(outsiders.submitter, 'post', '/v1/sweeps').send(sweep(api.base, { task: 'dataset:secret-data' })),
      400,
      'validation',
      ['/task'],
    );
  });

  it('follows only its own events', async () => {
    let own = '';
    const seen = await eventsUntil(outsiders.viewer, 'event: sweep.state', async () => {
      await create(api, { name: 'unseen', seed: [41] });
      const { body } = await as(outsiders.submitter, 'post', '/v1/sweeps')
        .send(sweep(api.base, { seed: [42] }))
        .expect(201);
      own = body.id;
    });
    // What happened before would have come before.
    const ids = [...seen.matchAll(/"sweepId":"([^"]+)"/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids)).toEqual(new Set([own]));
  });

  it('does not read files of the platform or of others by their path', async () => {
    const { dataDir } = api.platform;
    await mkdir(join(dataDir, 'projects', 'third'), { recursive: true });
    await writeFile(join(dataDir, 'of-default.csv'), 'text\nhello\n');
    await writeFile(join(dataDir, 'projects', 'third', 'of-third.csv'), 'text\nhello\n');
    const inspect = (secret: string, path: string) =>
      as(secret, 'post', '/v1/datasets/inspect').send({ format: 'csv', path });
    for (const path of [
      'of-default.csv',
      '../../of-default.csv',
      '../third/of-third.csv',
      join(dataDir, 'of-default.csv'),
    ]) {
      expectProblem(await inspect(outsiders.submitter, path), 400, 'validation', ['/path']);
    }
    const { submitter } = api.platform.keys;
    await inspect(submitter, 'of-default.csv').expect(200);
    for (const path of ['projects/third/of-third.csv', 'projects', 'artifacts', '.']) {
      expectProblem(await inspect(submitter, path), 400, 'validation', ['/path']);
    }
  });

  it('compares no examples of another’s trials, nor its own with them', async () => {
    const { id } = (await as(outsiders.submitter, 'post', '/v1/sweeps').send(sweep(api.base)).expect(201)).body;
    const { items } = (await as(outsiders.viewer, 'get', `/v1/trials?sweepId=${id}`).expect(200)).body as TrialPage;
    const own = items[0]!.id;
    for (const ids of [
      [owned.trials, own],
      [own, owned.trials],
    ]) {
      const query = ids.map((one) => `trial=${one}`).join('&');
      const problem = expectProblem(await as(outsiders.admin, 'get', `/v1/trials/examples?${query}`), 404, 'not-found');
      expect(problem.detail).toContain(owned.trials);
      expect(problem.detail).not.toContain(own);
    }
  });
});

describe('equal trials of two projects', () => {
  it('have different keys, and neither takes the other’s result', async () => {
    const request = sweep(api.base, { seed: [77] });
    const first = await create(api, { seed: [77] });
    const second = await as(outsiders.submitter, 'post', '/v1/sweeps').send(request).expect(201);
    const [mine] = await trialsOf(api, first.id);
    const theirs = (await as(outsiders.viewer, 'get', `/v1/trials?sweepId=${second.body.id}`).expect(200)).body
      .items[0];
    expect(theirs.key).not.toBe(mine!.key);
    expect([mine, theirs]).toMatchObject([
      { state: 'QUEUED', leaderId: null },
      { state: 'QUEUED', leaderId: null },
    ]);
    const preview = await as(outsiders.viewer, 'post', '/v1/sweeps/preview').send(sweep(api.base, { seed: [78] }));
    expect(preview.body).toMatchObject({ known: 0, toRun: 1 });
  });

  it('are refused by the database as leader and follower', async () => {
    const { db } = api.platform;
    const [mine, theirs] = await Promise.all([
      db.trial.findFirstOrThrow({ where: { sweep: { project: { name: 'default' } } } }),
      db.trial.findFirstOrThrow({ where: { sweep: { project: { name: 'other' } } } }),
    ]);
    await expect(db.trial.update({ where: { id: mine.id }, data: { leaderId: theirs.id } })).rejects.toThrow(
      'it is of another project',
    );
  });

  it('keep the keys they had before there were projects, in the default one', async () => {
    const [trial] = await trialsOf(api, owned.sweeps!);
    const { spec } = await api.platform.db.trial.findUniqueOrThrow({ where: { id: trial!.id } });
    expect(JSON.stringify(spec)).not.toContain('project');
  });
});

describe('names', () => {
  it('are each project’s own', async () => {
    const add = (secret: string) => addDataset(secret, 'same');
    await add(api.platform.keys.submitter).expect(201);
    await add(outsiders.submitter).expect(201);
    expectProblem(await add(outsiders.submitter), 409, 'conflict');
  });

  it('are looked up in the project of a sweep whenever its trials are created', async () => {
    const { db, keys } = api.platform;
    // More than a sweep begins with: the planner makes the rest.
    const seed = Array.from({ length: 51 }, (_, index) => index);
    const learningRate = Array.from({ length: 20 }, (_, index) => 0.01 + index / 1000);
    const training = { steps: 10, batchSize: 4, sequenceLength: 16 };
    const body = sweep(api.base, { task: 'dataset:alike', seed, learningRate, training });
    const hashes: string[] = [];
    for (const [secret, first] of [
      [keys.submitter, 1000],
      [outsiders.submitter, 2000],
    ] as const) {
      const { sha256 } = (await addDataset(secret, 'alike', first).expect(201)).body;
      const made = await as(secret, 'post', '/v1/sweeps').send(body).expect(201);
      const trials = () => db.trial.findMany({ where: { sweepId: made.body.id }, select: { spec: true } });
      await expect.poll(async () => (await trials()).length).toBe(1020);
      expect(new Set((await trials()).map(({ spec }) => (spec as { dataset: string }).dataset))).toEqual(
        new Set([sha256]),
      );
      hashes.push(sha256);
    }
    expect(new Set(hashes).size).toBe(2);
  });
});

describe('an admin of the installation', () => {
  const me = (secret: string, project?: string) => {
    const request = as(secret, 'get', '/v1/me');
    return project === undefined ? request : request.set('rankforge-project', project);
  };

  it('acts in one project at a time, by a header', async () => {
    const { admin } = api.platform.keys;
    expect((await me(admin).expect(200)).body as Me).toMatchObject({
      installation: true,
      project: { name: 'default' },
    });
    expect((await me(admin, 'other').expect(200)).body as Me).toMatchObject({
      project: { name: 'other', id: other.id },
    });
    const list = async (project: string) =>
      (await as(admin, 'get', '/v1/sweeps').set('rankforge-project', project).expect(200)).body as SweepPage;
    const [inDefault, inOther] = [await list('default'), await list('other')];
    const ids = ({ items }: SweepPage) => new Set(items.map(({ id }) => id));
    expect(ids(inDefault).has(owned.sweeps!)).toBe(true);
    expect([...ids(inOther)].filter((id) => ids(inDefault).has(id))).toEqual([]);
    expectProblem(await me(admin, 'none'), 404, 'not-found');
  });

  it('is no key of a project: that one may name no other', async () => {
    expectProblem(await me(outsiders.admin, 'default'), 404, 'not-found');
    expectProblem(await me(outsiders.admin, 'no-such-project'), 404, 'not-found');
    expect((await me(outsiders.admin, 'other').expect(200)).body as Me).toMatchObject({ installation: false });
  });

  it('alone makes projects and keys of the installation, and sees all of them', async () => {
    expectProblem(await as(outsiders.admin, 'post', '/v1/projects').send({ name: 'mine' }), 403, 'forbidden');
    const grab = as(outsiders.admin, 'post', '/v1/keys').send({ name: 'up', role: 'admin', installation: true });
    expectProblem(await grab, 403, 'forbidden');
    const names = async (secret: string) =>
      ((await as(secret, 'get', '/v1/projects').expect(200)).body as ProjectList).projects.map(({ name }) => name);
    expect(await names(api.platform.keys.admin)).toEqual(['default', 'other']);
    expect(await names(outsiders.viewer)).toEqual(['other']);
  });
});

/** What a stream of events sends while the work goes on, up to an event with this text. */
async function eventsUntil(secret: string, wanted: string, work: () => PromiseLike<unknown>): Promise<string> {
  const ending = new AbortController();
  const response = await fetch(`${api.api.url}/v1/events`, {
    headers: { authorization: `Bearer ${secret}` },
    signal: ending.signal,
  });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
  })().catch(() => undefined);
  await work();
  await waitFor(`the stream to have ${wanted}`, async () => text.includes(wanted));
  ending.abort();
  await reading;
  return text;
}

it('shows each project its own numbers at /metrics, and an admin of the installation those of all', async () => {
  const { db, keys } = api.platform;
  const read = async (secret: string, series: string) => {
    const { text } = await as(secret, 'get', '/metrics').expect(200);
    const values = text.split('\n').filter((line) => line.startsWith(`rankforge_${series}{`));
    return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  const counted = async (of: { projectId?: string | { not: string } }) => ({
    sweeps: await db.sweep.count({ where: { ...of, removedAt: null } }),
    trials: await db.trial.count({ where: { sweep: { ...of, removedAt: null } } }),
    attempts_total: await db.attempt.count({ where: { outcome: { not: null }, trial: { sweep: of } } }),
  });
  const readAll = async (secret: string) => ({
    sweeps: await read(secret, 'sweeps'),
    trials: await read(secret, 'trials'),
    attempts_total: await read(secret, 'attempts_total'),
  });
  const trial = await db.trial.findFirstOrThrow({ where: { sweep: { projectId: { not: other.id } } } });
  const id = randomUUID();
  await db.attempt.create({ data: { id, trialId: trial.id, number: 99, leaseToken: 99, engine: 'wasm' } });
  await db.attempt.update({ where: { id }, data: { outcome: 'succeeded', endedAt: new Date() } });
  const [own, others] = [await counted({ projectId: other.id }), await counted({ projectId: { not: other.id } })];
  // A reading is kept for some seconds, and a test before this one took one.
  await waitFor(
    'a reading of now',
    async () => (await read(keys.admin, 'attempts_total')) === others.attempts_total + own.attempts_total,
  );
  expect(await readAll(outsiders.viewer)).toEqual(own);
  expect(await readAll(keys.viewer)).toEqual(others);
  expect(await readAll(keys.admin)).toEqual(await counted({}));
  for (const count of [own.sweeps, own.trials, others.sweeps, others.trials, others.attempts_total])
    expect(count).toBeGreaterThan(0);
  expect(await read(keys.admin, 'http_request_duration_seconds_count')).toBeGreaterThan(0);
  expect(await read(keys.viewer, 'http_request_duration_seconds_count')).toBe(0);
});

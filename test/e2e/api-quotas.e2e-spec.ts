import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  type KeyList,
  type KeyView,
  type KeyWithSecret,
  MIB,
  type ProjectList,
  type ProjectView,
  projectHeader,
  type Quotas,
} from '@rankforge/contracts';
import { claimTrial, createKey, finishTrial, type Lease } from '@rankforge/db';
import { Redis } from 'ioredis';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { type ApiUnderTest, create, expectProblem, playWorker, startApi, sweep, trialsOf } from './api-client.js';

let api: ApiUnderTest;
let workerId: string;
let project: ProjectView;

beforeAll(async () => {
  api = await startApi();
  workerId = await playWorker(api);
  project = await read();
});
afterAll(() => api.stop());

async function read(): Promise<ProjectView> {
  return ((await api.get('/v1/projects').expect(200)).body as ProjectList).projects[0]!;
}

async function setQuotas(quotas: Partial<Quotas>): Promise<void> {
  const { url } = api.api;
  const change = supertest(url).patch(`/v1/projects/${project.id}`).send({ quotas });
  await change.set('authorization', `Bearer ${api.platform.keys.admin}`).expect(200);
}

const free: Quotas = { maxRunningTrials: null, maxReservedMiB: null, maxStoredMiB: null };

const claim = async (trialId: string) =>
  (await claimTrial(api.platform.db, { trialId, workerId, device: 'host', leaseSeconds: 600 }))?.lease;

async function end(lease: Lease): Promise<void> {
  await finishTrial(api.platform.db, lease, { state: 'FAILED', reason: 'ended by the test', attempt: 'failed' }, '');
}

/** Ids of the queued trials of a new sweep of so many seeds. */
async function queued(seeds: number[]): Promise<string[]> {
  const { id } = await create(api, { seed: seeds });
  return (await trialsOf(api, id)).map((trial) => trial.id);
}

it('refuses a change that names no quota, and records none', async () => {
  const records = () => api.platform.db.audit.count({ where: { action: 'project.change' } });
  const before = await records();
  const change = supertest(api.api.url).patch(`/v1/projects/${project.id}`).send({ quotas: {} });
  const { body } = await change.set('authorization', `Bearer ${api.platform.keys.admin}`).expect(400);
  expect(body.errors).toEqual([
    { path: '/quotas', message: 'name at least one of maxRunningTrials, maxReservedMiB, maxStoredMiB' },
  ]);
  expect(await records()).toBe(before);
});

describe('the quota of running trials', () => {
  it('makes trials wait and loses none', async () => {
    const trials = await queued([1, 2, 3, 4, 5]);
    await setQuotas({ maxRunningTrials: 2 });
    const first = await Promise.all(trials.map(claim));
    const leases = first.filter((lease) => lease !== undefined);
    // All at once, so that without a lock more than two would have seen room.
    expect(leases).toHaveLength(2);
    expect((await read()).usage).toMatchObject({ runningTrials: 2, waitingTrials: 3 });
    const states = await api.platform.db.trial.groupBy({ by: ['state'], where: { id: { in: trials } }, _count: true });
    expect(Object.fromEntries(states.map(({ state, _count }) => [state, _count]))).toEqual({ RUNNING: 2, QUEUED: 3 });
    await end(leases[0]!);
    const waiting = trials.filter((_, index) => first[index] === undefined);
    const second = (await Promise.all(waiting.map(claim))).filter((lease) => lease !== undefined);
    expect(second).toHaveLength(1);
    await setQuotas(free);
    const rest = await Promise.all(waiting.map(claim));
    expect(rest.filter((lease) => lease !== undefined)).toHaveLength(2);
    for (const lease of [leases[1], ...second, ...rest]) if (lease) await end(lease);
  });

  it('binds its own project alone', async () => {
    await setQuotas({ maxRunningTrials: 0 });
    const { db } = api.platform;
    const other = (await api.post('/v1/projects', { name: 'free' }, 'admin').expect(201)).body as ProjectView;
    const { secret } = await createKey(db, { name: 'other', role: 'submitter', projectId: other.id });
    const [mine] = await queued([11]);
    const spec = (await db.sweep.findFirstOrThrow({ orderBy: { id: 'desc' } })).spec as object;
    const as = supertest(api.api.url).post('/v1/sweeps').set('authorization', `Bearer ${secret}`);
    const made = await as.send(spec).expect(201);
    const theirs = await db.trial.findFirstOrThrow({ where: { sweepId: made.body.id } });
    expect(await claim(mine!)).toBeUndefined();
    const lease = await claim(theirs.id);
    expect(lease).toBeDefined();
    await end(lease!);
    await setQuotas(free);
  });

  it('sends no wake-ups while there is no room, and sends them when there is', async () => {
    const [trial] = await queued([21]);
    await setQuotas({ maxRunningTrials: 0 });
    const { db } = api.platform;
    const { engine, memoryClassMiB } = await db.trial.findUniqueOrThrow({ where: { id: trial! } });
    const depth = async () => {
      const text = (await api.get('/metrics', 'admin').expect(200)).text;
      const line = new RegExp(`queue_wakeups\\{engine="${engine}",memory_class_mib="${memoryClassMiB}"\\} (\\d+)`).exec(
        text,
      );
      return Number(line?.[1]);
    };
    const client = new Redis(api.platform.redisUrl);
    await client.flushdb();
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect(await depth()).toBe(0);
    await setQuotas(free);
    await waitFor('the wake-ups to be sent', async () => (await depth()) > 0);
    client.disconnect();
  });
});

describe('the quota of reserved memory', () => {
  it('lets so many trials run as fit in it together', async () => {
    const trials = await queued([31, 32, 33]);
    const { predictedBytes } = await api.platform.db.trial.findUniqueOrThrow({ where: { id: trials[0]! } });
    await setQuotas({ maxReservedMiB: Math.ceil((Number(predictedBytes) * 2) / MIB) });
    const leases = (await Promise.all(trials.map(claim))).filter((lease) => lease !== undefined);
    expect(leases).toHaveLength(2);
    expect((await read()).usage.reservedBytes).toBe(2 * Number(predictedBytes));
    for (const lease of leases) await end(lease);
    await setQuotas(free);
  });
});

const words = 'sea ship wind sail whale rope mast deck wave harbour'.split(' ');
const lines = Array.from({ length: 100 }, (_, i) => {
  const [a, b, c] = [words[i % 10]!, words[Math.floor(i / 10)]!, words[(i * 7) % 10]!];
  return `The ${a} of the ${b} and a ${c} under the ${b}${a}`;
});
const add = (name: string) =>
  api
    .post('/v1/datasets')
    .field('spec', JSON.stringify({ name, format: 'csv', mapping: { objective: 'language-modelling', text: 'text' } }))
    .attach('file', Buffer.from(`text\n${lines.join('\n')}\n`), 'a.csv');

describe('the quota of stored bytes', () => {
  it('refuses an upload, and says which quota, what is used and what was asked for', async () => {
    await setQuotas({ maxStoredMiB: 0 });
    const problem = expectProblem(await add('too-much'), 409, 'quota-exceeded');
    expect(problem.detail).toMatch(
      /^maxStoredMiB of the project default is 0 MiB: 0\.00 MiB are used and 0\.\d\d MiB were asked for$/,
    );
    // Nothing of this one is sent.
    const announced = httpRequest(`${api.api.url}/v1/datasets`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${api.platform.keys.submitter}`,
        'content-type': 'multipart/form-data; boundary=none',
        'content-length': 100 * MIB,
      },
    });
    announced.on('error', () => undefined);
    announced.flushHeaders();
    const [response] = (await once(announced, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(409);
    expect(await text(response)).toContain('0.00 MiB are used and 100.00 MiB were asked for');
    announced.destroy();
    expect(await api.platform.db.dataset.count()).toBe(0);
    await setQuotas({ maxStoredMiB: 1 });
    await add('fits').expect(201);
    const { usage } = await read();
    const row = await api.platform.db.dataset.findFirstOrThrow();
    expect(usage.storedBytes).toBe(Number(row.bytes));
  });

  it('counts runs trained elsewhere, with their scores by example', async () => {
    const runs = [{ method: 'lora', examples: Array.from({ length: 1000 }, (_, index) => index % 2) }];
    const send = () => api.post('/v1/runs', { name: 'kept', base: 'b', runs });
    const stored = async () => (await read()).usage.storedBytes;
    const before = await stored();
    await setQuotas({ maxStoredMiB: 0 });
    expectProblem(await send(), 409, 'quota-exceeded');
    await setQuotas({ maxStoredMiB: 1 });
    await send().expect(201);
    const added = (await stored()) - before;
    expect(added).toBeGreaterThan(8000);
    expect(added).toBeLessThan(10_000);
    await api.delete('/v1/runs/kept/b').expect(200);
    expect(await stored()).toBe(before);
  });
});

describe('quotas of a key', () => {
  const setOf = async (id: string, quotas: Partial<Quotas>): Promise<KeyView> => {
    const change = supertest(api.api.url).patch(`/v1/keys/${id}`).send({ quotas });
    return (await change.set('authorization', `Bearer ${api.platform.keys.admin}`).expect(200)).body;
  };
  const read = async (id: string) =>
    ((await api.get('/v1/keys', 'admin').expect(200)).body as KeyList).keys.find((key) => key.id === id)!;
  /** Trials of a sweep that this key makes. */
  const queuedBy = async (secret: string, seeds: number[]): Promise<string[]> => {
    const { body } = await supertest(api.api.url)
      .post('/v1/sweeps')
      .set('authorization', `Bearer ${secret}`)
      .send(sweep(api.base, { seed: seeds, reuse: false }))
      .expect(201);
    return (await trialsOf(api, body.id)).map(({ id }) => id);
  };

  it('make its own trials wait and no others, beside those of its project', async () => {
    const { key, secret } = await createKey(api.platform.db, {
      name: 'bounded',
      role: 'submitter',
      quotas: { maxRunningTrials: 2 },
    });
    const own = await queuedBy(secret, [1, 2, 3, 4]);
    const others = await queued([51, 52]);
    const leases = (await Promise.all(own.map(claim))).filter((lease) => lease !== undefined);
    expect(leases).toHaveLength(2);
    const { quotas, usage } = await read(key.id);
    expect(quotas).toEqual({ maxRunningTrials: 2, maxReservedMiB: null, maxStoredMiB: null });
    const { predictedBytes } = await api.platform.db.trial.findUniqueOrThrow({ where: { id: own[0]! } });
    expect(usage).toEqual({
      runningTrials: 2,
      waitingTrials: 2,
      reservedBytes: 2 * Number(predictedBytes),
      storedBytes: 0,
    });
    // Another key of the project has room, until the project has none.
    await setQuotas({ maxRunningTrials: 3 });
    const theirs = (await Promise.all(others.map(claim))).filter((lease) => lease !== undefined);
    expect(theirs).toHaveLength(1);
    await setQuotas(free);
    expect(await setOf(key.id, { maxRunningTrials: null, maxReservedMiB: 0 })).toMatchObject({
      quotas: { maxRunningTrials: null, maxReservedMiB: 0 },
    });
    expect((await Promise.all(own.map(claim))).filter((lease) => lease !== undefined)).toEqual([]);
    await setOf(key.id, free);
    const rest = (await Promise.all(own.map(claim))).filter((lease) => lease !== undefined);
    expect(rest).toHaveLength(2);
    for (const lease of [...leases, ...theirs, ...rest]) await end(lease);
  });

  it('hold for trials that are added to the sweep of another', async () => {
    const { db } = api.platform;
    const quotas = { maxRunningTrials: 1 };
    const { secret } = await createKey(db, { name: 'adds', role: 'submitter', quotas });
    const extend = (id: string, as: string, seed: number) =>
      supertest(api.api.url)
        .post(`/v1/sweeps/${id}/extend`)
        .set('authorization', `Bearer ${as}`)
        .send({ seed: [seed] });
    const others = await create(api, { seed: [71] });
    const refused = expectProblem(await extend(others.id, secret, 72), 409, 'quota-exceeded');
    expect(refused.detail).toContain('the key adds has quotas of its own; clone the sweep');
    expect(await trialsOf(api, others.id)).toHaveLength(1);
    const [own] = await queuedBy(secret, [73]);
    const { sweepId } = await db.trial.findUniqueOrThrow({ where: { id: own! } });
    await extend(sweepId, secret, 74).expect(200);
    await extend(others.id, api.platform.keys.submitter, 72).expect(200);
    expect(await trialsOf(api, others.id)).toHaveLength(2);
  });

  it('bind a key of the whole installation in all projects together', async () => {
    const { db } = api.platform;
    const { secret } = await createKey(db, { name: 'ops', role: 'admin', quotas: { maxRunningTrials: 1 } });
    const other = (await api.post('/v1/projects', { name: 'second' }, 'admin').expect(201)).body as ProjectView;
    const made = await Promise.all(
      [project.name, other.name].map((name) =>
        supertest(api.api.url)
          .post('/v1/sweeps')
          .set('authorization', `Bearer ${secret}`)
          .set(projectHeader, name)
          .send(sweep(api.base, { seed: [61, 62], reuse: false }))
          .expect(201),
      ),
    );
    const trials = await db.trial.findMany({ where: { sweepId: { in: made.map(({ body }) => body.id) } } });
    expect(trials).toHaveLength(4);
    const leases = (await Promise.all(trials.map(({ id }) => claim(id)))).filter((lease) => lease !== undefined);
    expect(leases).toHaveLength(1);
    await end(leases[0]!);
  });

  it('refuse an upload by name', async () => {
    const { db } = api.platform;
    const made = await createKey(db, { name: 'small', role: 'submitter', quotas: { maxStoredMiB: 0 } });
    const as = { ...made, add: (name: string) => add(name).set('authorization', `Bearer ${made.secret}`) };
    const problem = expectProblem(await as.add('by-key'), 409, 'quota-exceeded');
    expect(problem.detail).toMatch(
      /^maxStoredMiB of the key small is 0 MiB: 0\.00 MiB are used and 0\.\d\d MiB were asked for$/,
    );
    await setOf(made.key.id, { maxStoredMiB: 1 });
    await as.add('by-key').expect(201);
    const { bytes } = await db.dataset.findFirstOrThrow({ where: { name: 'by-key' } });
    expect((await read(made.key.id)).usage.storedBytes).toBe(Number(bytes));
  });

  it('are made with it and changed by an admin of its project, on the record', async () => {
    const { db } = api.platform;
    const body = { name: 'with', quotas: { maxRunningTrials: 5 } };
    const made = (await api.post('/v1/keys', body, 'admin').expect(201)).body as KeyWithSecret;
    expect(made.key.quotas.maxRunningTrials).toBe(5);
    const change = (secret: string, quotas: object) =>
      supertest(api.api.url).patch(`/v1/keys/${made.key.id}`).set('authorization', `Bearer ${secret}`).send({ quotas });
    expectProblem(await change(made.secret, { maxRunningTrials: null }), 403, 'forbidden');
    expectProblem(await change(api.platform.keys.admin, { maxRunningTrials: -1 }), 400, 'validation', [
      '/quotas/maxRunningTrials',
    ]);
    const elsewhere = await db.project.findFirstOrThrow({ where: { name: 'second' } });
    const { secret } = await createKey(db, { name: 'head', role: 'admin', projectId: elsewhere.id });
    expectProblem(await change(secret, { maxRunningTrials: 100 }), 404, 'not-found');
    await change(api.platform.keys.admin, { maxRunningTrials: 6 }).expect(200);
    const recorded = await db.audit.findMany({ where: { subject: made.key.id }, orderBy: { id: 'asc' } });
    expect(recorded.map(({ action }) => action)).toEqual(['key.create', 'key.change']);
  });
});

describe('quotas', () => {
  it('are set by an admin of the installation, within bounds', async () => {
    const change = (secret: string, quotas: object) =>
      supertest(api.api.url)
        .patch(`/v1/projects/${project.id}`)
        .set('authorization', `Bearer ${secret}`)
        .send({ quotas });
    const { secret } = await createKey(api.platform.db, { name: 'head', role: 'admin', projectId: project.id });
    expectProblem(await change(secret, { maxRunningTrials: 100 }), 403, 'forbidden');
    expectProblem(await change(api.platform.keys.admin, { maxRunningTrials: -1 }), 400, 'validation', [
      '/quotas/maxRunningTrials',
    ]);
    expectProblem(await change(api.platform.keys.admin, { maxTrials: 1 }), 400, 'validation', ['/quotas/maxTrials']);
  });
});

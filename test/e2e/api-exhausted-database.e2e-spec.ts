/** @file Health of an API whose PostgreSQL has no connection left and ended those that there were. */
import type { Readiness } from '@rankforge/contracts';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApi, waitFor } from '../support/index.js';
import { type ApiUnderTest, startApi } from './api-client.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({}, { servers: 'own' });
});
afterAll(() => api?.stop());

/** The time that `/readyz` and `/livez` may take, in whatever state the pool is. */
const deadlineMs = 5000;

const ask = async (path: string) => {
  const response = await fetch(`${api.api.url}${path}`, { signal: AbortSignal.timeout(deadlineMs) });
  return { status: response.status, text: await response.text() };
};

/** Takes every connection that the server has left. */
async function takeAll(): Promise<pg.Client[]> {
  const taken: pg.Client[] = [];
  for (;;) {
    const client = new pg.Client({ connectionString: api.platform.databaseUrl });
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      expect((error as { code?: string }).code).toBe('53300');
      return taken;
    }
    taken.push(client);
  }
}

interface Backend {
  pid: number;
}

/** Processes of PostgreSQL that serve the API. */
const backendsOfApi = async (by: pg.Client, own: readonly pg.Client[]): Promise<number[]> => {
  const { rows } = await by.query<Backend>(
    `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND NOT pid = ANY($1::int[])`,
    [own.map((client) => (client as unknown as { processID: number }).processID)],
  );
  return rows.map(({ pid }) => pid);
};

/** Sends a signal to the processes that still are: one that PostgreSQL listed may have ended since. */
function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      expect((error as { code?: string }).code).toBe('ESRCH');
    }
  }
}

async function expectUnready(detail: string): Promise<void> {
  const [live, ready] = await Promise.all([ask('/livez'), ask('/readyz')]);
  expect(live).toEqual({ status: 200, text: 'ok' });
  expect(ready.status).toBe(503);
  expect((JSON.parse(ready.text) as Readiness).dependencies).toEqual([
    { name: 'postgres', up: false, detail },
    { name: 'redis', up: true },
  ]);
}

async function expectReadyAgain(): Promise<void> {
  await waitFor('the API to be ready again', async () => (await ask('/readyz')).status === 200);
  expect((await api.get('/v1/sweeps')).status).toBe(200);
}

/** Requests that wait for a connection before a probe does. */
const waitingRequests = () =>
  Array.from({ length: 40 }, () =>
    api.get('/v1/sweeps').then(
      ({ status }) => status,
      () => 0,
    ),
  );

it('says that PostgreSQL has no connection left, in time, and serves again when it has', async () => {
  expect((await ask('/readyz')).status).toBe(200);
  const taken = await takeAll();
  let started: TestApi;
  try {
    // The API takes a connection where it is quicker than this test.
    await waitFor('the API to have no connection', async () => {
      const pids = await backendsOfApi(taken[0]!, taken);
      await taken[0]!.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
      taken.push(...(await takeAll()));
      return (await backendsOfApi(taken[0]!, taken)).length === 0;
    });
    const waiting = waitingRequests();
    await expectUnready('has no room now: disk, memory or connections');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([503]));
    started = await api.platform.hostApi({ RANKFORGE_MODELS_DIR: api.modelsDir });
    const ready = await fetch(`${started.url}/readyz`, { signal: AbortSignal.timeout(deadlineMs) });
    expect(ready.status).toBe(503);
  } finally {
    await Promise.all(taken.map((client) => client.end()));
  }
  await expectReadyAgain();
  await waitFor('the other API to be ready', async () => (await fetch(`${started.url}/readyz`)).status === 200);
});

it('answers while the processes of PostgreSQL are killed, and after it has recovered', async () => {
  const own = new pg.Client({ connectionString: api.platform.databaseUrl });
  own.on('error', () => {});
  await own.connect();
  const pids = await backendsOfApi(own, [own]);
  expect(pids.length).toBeGreaterThan(0);
  const waiting = waitingRequests();
  signal(pids, 'SIGKILL');
  expect([200, 503]).toContain((await ask('/readyz')).status);
  for (const status of await Promise.all(waiting)) expect([200, 503]).toContain(status);
  await expectReadyAgain();
});

it('answers while the processes of PostgreSQL stand still', async () => {
  const own = new pg.Client({ connectionString: api.platform.databaseUrl });
  await own.connect();
  const pids = await backendsOfApi(own, [own]);
  const { pid } = api.platform.servers!.postgres;
  let waiting: Promise<number>[] = [];
  signal([pid, ...pids], 'SIGSTOP');
  try {
    // The requests wait until the processes go on.
    waiting = waitingRequests();
    await expectUnready('does not answer');
    await expectUnready('does not answer');
  } finally {
    signal([pid, ...pids], 'SIGCONT');
  }
  await Promise.all(waiting);
  await own.end();
  await expectReadyAgain();
});

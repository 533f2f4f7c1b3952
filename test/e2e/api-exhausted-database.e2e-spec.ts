/** @file Health of an API whose PostgreSQL has no connection left and ended those that there were. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
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

async function expectUnready(): Promise<void> {
  const [live, ready] = await Promise.all([ask('/livez'), ask('/readyz')]);
  expect(live).toEqual({ status: 200, text: 'ok' });
  expect(ready.status, ready.text).toBe(503);
  console.log(ready.text);
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
  const waiting = waitingRequests();
  for (let round = 0; round < 3; round++) {
    const pids = await backendsOfApi(taken[0]!, taken);
    await taken[0]!.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
    taken.push(...(await takeAll()));
    await expectUnready();
  }
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([503]));
  const started = await api.platform.hostApi({ RANKFORGE_MODELS_DIR: api.modelsDir });
  const ready = await fetch(`${started.url}/readyz`, { signal: AbortSignal.timeout(deadlineMs) });
  expect(ready.status).toBe(503);
  await Promise.all(taken.map((client) => client.end()));
  await expectReadyAgain();
  await waitFor('the other API to be ready', async () => (await fetch(`${started.url}/readyz`)).status === 200);
});

it('answers while the processes of PostgreSQL are killed, and after it has recovered', async () => {
  const own = new pg.Client({ connectionString: api.platform.databaseUrl });
  own.on('error', () => {});
  await own.connect();
  const waiting = waitingRequests();
  for (const pid of await backendsOfApi(own, [own])) process.kill(pid, 'SIGKILL');
  const ready = await ask('/readyz');
  console.log(ready.text);
  console.log(await Promise.all(waiting));
  await expectReadyAgain();
});

it('answers while the processes of PostgreSQL stand still', async () => {
  const own = new pg.Client({ connectionString: api.platform.databaseUrl });
  await own.connect();
  const pids = await backendsOfApi(own, [own]);
  const { pid } = api.platform.servers!.postgres as unknown as { pid: number };
  for (const one of [pid, ...pids]) process.kill(one, 'SIGSTOP');
  try {
    const waiting = waitingRequests();
    await expectUnready();
    await expectUnready();
    void waiting;
  } finally {
    for (const one of [pid, ...pids]) process.kill(one, 'SIGCONT');
  }
  await own.end();
  await expectReadyAgain();
});

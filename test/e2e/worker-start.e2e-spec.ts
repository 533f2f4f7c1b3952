import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerList } from '@rankforge/contracts';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { expectSoundHistories, onlyTraining, submit, tinySweep, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;

beforeAll(async () => {
  platform = await createTinyPlatform({ servers: 'own' });
});

afterAll(() => platform.stop());

/** A worker that waits for Postgres and has said so, or has ended. */
async function launched(env?: NodeJS.ProcessEnv) {
  const worker = await platform.launchWorker(env);
  let ended = false;
  void worker.exited.then(() => {
    ended = true;
  });
  const log = () => readFile(worker.logFile, 'utf8');
  await waitFor('the worker to say why it waits', async () => ended || (await log()).includes('and is waited for'));
  expect(ended, await log()).toBe(false);
  return { log, hasEnded: () => ended };
}

it('a worker that starts while Postgres and Redis are away takes trials when they are back, and says meanwhile that it lives', async () => {
  const { servers, base, api } = platform;
  if (!servers) throw new Error('the platform has servers of its own');
  const sweepId = await submit(platform, api, tinySweep(base));
  await Promise.all([servers.postgres.stop(), servers.redis.stop()]);
  const port = await getPort();
  const worker = await launched({ RANKFORGE_WORKER_METRICS_PORT: String(port) });
  const ask = async (path: string) => {
    const headers = { authorization: `Bearer ${platform.keys.viewer}` };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status;
  };
  expect(await ask('/livez')).toBe(200);
  // Whose key it is cannot be asked yet.
  expect(await ask('/metrics')).toBe(401);
  await servers.restartPostgres();
  await waitFor('the worker to say that Redis is away', async () => (await worker.log()).includes('Redis: '));
  await servers.restartRedis();
  await untilCompleted(platform, sweepId);
  expect(await onlyTraining(platform, sweepId)).toMatchObject({ state: 'SUCCEEDED', attempts: 1 });
  expect(worker.hasEnded()).toBe(false);
  expect(await ask('/metrics')).toBe(200);
  await expectSoundHistories(platform);
});

it('a worker that does not see the folder of artifacts takes no trial and says what it expected, until it sees it', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'rankforge-elsewhere-'));
  const worker = await platform.startWorker({ RANKFORGE_DATA_DIR: elsewhere });
  const seen = async (of = worker.pid) => {
    const { workers } = (await (await platform.request(platform.api, '/v1/workers')).json()) as WorkerList;
    return workers.find(({ pid }) => pid === of);
  };
  await waitFor('the worker to say what is wrong', async () => (await seen())?.trouble !== undefined);
  const nonce = (await readFile(join(platform.dataDir, 'artifacts', 'store-id'), 'utf8')).trim();
  const file = join(elsewhere, 'artifacts', 'store-id');
  expect(await seen()).toMatchObject({
    state: 'draining',
    trouble: expect.stringContaining(
      `${join(elsewhere, 'artifacts')} is not the folder of artifacts of this platform: expected ${file} to hold ${nonce}, as the API on`,
    ),
  });
  expect((await seen())?.trouble).toContain("but it can't be read (ENOENT). Mount the folder that the API uses");
  const other = await platform.startWorker({ RANKFORGE_DATA_DIR: elsewhere });
  await other.stop();
  expect((await seen(other.pid))?.state).toBe('stopped');
  const log = await readFile(worker.logFile, 'utf8');
  expect(log).toContain('no trial is taken');
  expect(log).not.toContain('takes trials');
  await symlink(join(platform.dataDir, 'artifacts'), join(elsewhere, 'artifacts'));
  await waitFor('the worker to go on', async () => (await seen())?.state === 'live');
  expect(await seen()).not.toHaveProperty('trouble');
  await worker.stop();
  await rm(elsewhere, { recursive: true });
});

it.runIf(process.platform === 'linux')('a worker that has no way to Postgres yet waits, and says why', async () => {
  const { log, hasEnded } = await launched({ DATABASE_URL: 'postgresql://user@255.255.255.255:5432/rankforge' });
  expect(await log()).toContain('ENETUNREACH');
  expect(hasEnded()).toBe(false);
});

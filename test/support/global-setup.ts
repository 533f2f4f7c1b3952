import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRedis } from '@rankforge/cli';
import { applyMigrations } from '@rankforge/db';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { strayProcesses } from './stray-processes.js';

/** The servers of one vitest run; `inject('servers')` in a test file. */
export interface TestServers {
  /** Stands in the environment of every process the tests start, to find those left behind. */
  runId: string;
  /** The database server's address, without a database name at its end. */
  postgres: string;
  redis: string;
  template: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    servers: TestServers;
  }
}

const buildScript = new URL('../../scripts/lib/build.mjs', import.meta.url).href;

export const runIdVariable = 'RANKFORGE_TEST_RUN';
/** Speed for safety: these databases are thrown away. */
export const throwAwaySettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
};

/**
 * Starts one private Postgres and Redis, migrates one template database, and after the run fails when a process that the
 * tests started is still alive.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { isBuilt } = (await import(buildScript)) as { isBuilt(): boolean };
  if (!isBuilt()) throw new Error('a source is newer than the programs that are built of it: npm run build');
  const dir = await mkdtemp(join(tmpdir(), 'rankforge-test-'));
  const runId = randomUUID();
  const [postgres, redis] = await Promise.all([
    startPostgres({ dir: join(dir, 'postgres'), settings: throwAwaySettings }),
    startRedis({
      dir: join(dir, 'redis'),
      settings: { databases: '4096', appendfsync: 'no' },
      onProgress: console.log,
    }),
  ]);
  const template = 'rankforge_template';
  const client = new pg.Client(postgres.url('postgres'));
  await client.connect();
  await client.query(`CREATE DATABASE ${template}`);
  // Database 0 is nobody's: a test that forgets its number is seen by its neighbours.
  await client.query('CREATE SEQUENCE redis_database MAXVALUE 4095');
  await client.end();
  await applyMigrations({ url: postgres.url(template) });
  project.provide('servers', {
    runId,
    postgres: postgres.url(''),
    redis: redis.url().replace(/\/0$/, ''),
    template,
  });

  return async () => {
    const strays = await strayProcesses(`${runIdVariable}=${runId}`);
    for (const stray of strays) process.kill(stray.pid, 'SIGKILL');
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(dir, { recursive: true, force: true });
    if (strays.length === 0) return;
    const list = strays.map((stray) => `  ${stray.pid} ${stray.command}`).join('\n');
    throw new Error(`tests left ${strays.length} process(es) running (now killed):\n${list}`);
  };
}

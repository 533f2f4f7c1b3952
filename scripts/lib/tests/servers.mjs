/** @file The database and queue servers of the tests: made once for all projects of a run, since each costs seconds to make. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRedis } from '@rankforge/cli';
import { applyMigrations } from '@rankforge/db';
import pg from 'pg';

/** Holds the addresses, as JSON, for projects that are to take these servers; test/support/global-setup.ts reads it. */
export const serversVariable = 'RANKFORGE_TEST_SERVERS';

/** Settings of a Postgres whose databases are thrown away: speed for safety. */
export const throwAwaySettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
};

/**
 * A private Postgres with one migrated template database, and a private Redis. Tests take databases and Redis numbers of their own,
 * so that any number of projects may use them side by side.
 */
export async function startTestServers() {
  const dir = await mkdtemp(join(tmpdir(), 'rankforge-test-'));
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
  return {
    addresses: { postgres: postgres.url(''), redis: redis.url().replace(/\/0$/, ''), template },
    async stop() {
      await Promise.all([postgres.stop(), redis.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

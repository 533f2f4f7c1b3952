import { applyMigrations, type Database, openDatabase } from '@rankforge/db';
import type { FastifyReply } from 'fastify';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../test/support/databases.js';
import { partOf } from '../../../test/support/part-of.js';
import { HealthController } from '../src/health/health.controller.js';
import type { ApiSettings } from '../src/platform/env.js';
import type { TrialQueues } from '../src/platform/queues.js';

const settings = partOf<ApiSettings>({ port: 8080 });

/** What `/readyz` answers, and with which status. */
async function ask(health: HealthController) {
  let status = 0;
  const reply: FastifyReply = partOf<FastifyReply>({
    status: (code) => {
      status = code;
      return reply;
    },
  });
  const { ready, dependencies } = await health.ready({}, reply);
  return { status, ready, dependencies };
}

it('/readyz serves without Redis, and names it as down', async () => {
  const db = partOf<Database>({ $queryRaw: async () => [{ table: '_prisma_migrations' }] });
  const queues = partOf<TrialQueues>({
    probe: async () => {
      throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    },
  });
  expect(await ask(new HealthController(db, settings, queues))).toEqual({
    status: 200,
    ready: true,
    dependencies: [
      { name: 'postgres', up: true },
      { name: 'redis', up: false, detail: 'ECONNREFUSED' },
    ],
  });
});

it('/readyz waits for the migrations of this version, and says so', async () => {
  const database = await createDatabase({ migrated: false });
  const db = openDatabase({ url: database.url, poolSize: 1 });
  try {
    const health = new HealthController(db, settings, partOf<TrialQueues>({ probe: async () => undefined }));
    expect(await ask(health)).toEqual({
      status: 503,
      ready: false,
      dependencies: [
        { name: 'postgres', up: false, detail: 'MIGRATIONS_PENDING' },
        { name: 'redis', up: true },
      ],
    });
    await applyMigrations({ url: database.url });
    expect(await ask(health)).toMatchObject({ status: 200, dependencies: [{ up: true }, { up: true }] });
    // It is remembered: a question a few seconds later asks the database no more than whether it answers.
    await db.$executeRaw`DELETE FROM _prisma_migrations`;
    expect(await ask(health)).toMatchObject({ status: 200 });
  } finally {
    await db.$disconnect();
    await database.drop();
  }
});

import { applyMigrations, openDatabase } from '@rankforge/db';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../test/support/databases.js';
import { HealthController } from '../src/health/health.controller.js';

it('/readyz serves without Redis, and names it as down', async () => {
  const db = { $queryRaw: async () => [{ table: '_prisma_migrations' }] };
  const queues = {
    ping: async () => {
      throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    },
  };
  const health = new HealthController(db as never, { port: 8080 } as never, queues as never);
  let status = 0;
  const reply = {
    status(code: number) {
      status = code;
    },
  };
  const { ready, dependencies } = await health.ready({}, reply as never);
  expect({ status, ready, dependencies }).toEqual({
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
    const queues = { ping: async () => 'PONG' };
    const health = new HealthController(db, { port: 8080 } as never, queues as never);
    const ask = async () => {
      let status = 0;
      const reply = {
        status(code: number) {
          status = code;
        },
      };
      const { dependencies } = await health.ready({}, reply as never);
      return { status, dependencies };
    };
    expect(await ask()).toEqual({
      status: 503,
      dependencies: [
        { name: 'postgres', up: false, detail: 'MIGRATIONS_PENDING' },
        { name: 'redis', up: true },
      ],
    });
    await applyMigrations({ url: database.url });
    expect(await ask()).toMatchObject({ status: 200, dependencies: [{ up: true }, { up: true }] });
    // It is remembered: a question a few seconds later asks the database no more than whether it answers.
    await db.$executeRaw`DELETE FROM _prisma_migrations`;
    expect(await ask()).toMatchObject({ status: 200 });
  } finally {
    await db.$disconnect();
    await database.drop();
  }
});

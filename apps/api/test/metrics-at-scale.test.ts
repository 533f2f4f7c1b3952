/** @file Statements that run again and again, on a database of many trials: none reads the whole table. */

import { stepTime } from '@rankforge/contracts';
import { type Database, Prisma, summarizeSeries } from '@rankforge/db';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { PlatformMetrics } from '../src/metrics/platform-metrics.js';
import type { ApiSettings } from '../src/platform/env.js';
import type { TrialQueues } from '../src/platform/queues.js';
import { Reconciler } from '../src/scheduling/reconciler.js';

const trials = 20_000;
const noQueues = partOf<TrialQueues>({ waiting: async () => Number.POSITIVE_INFINITY });
let fixture: Fixture;

class Rounds extends Reconciler {
  override round(): Promise<void> {
    return super.round();
  }
}

beforeAll(async () => {
  fixture = await openFixture();
  const { db, sweepId } = fixture;
  const id = await fixture.queued();
  const columns = await db.$queryRaw<{ name: string }[]>`
    SELECT attname AS "name" FROM pg_attribute WHERE attrelid = '"Trial"'::regclass AND attnum > 0 AND NOT attisdropped`;
  const other: Record<string, string> = {
    id: 'gen_random_uuid()',
    key: 'gen_random_uuid()::text',
    ordinal: 'n + 10',
    state: `(CASE WHEN n % 500 = 0 THEN 'QUEUED' WHEN n % 11 = 0 THEN 'OVER_BUDGET' WHEN n % 7 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END)::"TrialState"`,
    method: `(ARRAY['lora','dora','pissa','vera','loha'])[1 + n % 5]`,
    result: `jsonb_build_object('${stepTime}', n % 97, 'curve', repeat('x', 600))`,
    measuredBytes: `"predictedBytes" + n % 1000`,
    queuedAt: `now() - interval '1 hour'`,
    finishedAt: `CASE WHEN n % 500 <> 0 THEN now() - n * interval '2 s' END`,
  };
  const values = columns.map(({ name }) => other[name] ?? `"${name}"`).join(', ');
  await db.$transaction(
    async (sql) => {
      // Rows of long ago, not changes: nobody is told of them.
      await sql.$executeRawUnsafe('SET LOCAL session_replication_role = replica');
      await sql.$executeRawUnsafe(`
      INSERT INTO "Trial" (${columns.map(({ name }) => `"${name}"`).join(', ')})
      SELECT ${values} FROM "Trial" CROSS JOIN generate_series(1, ${trials}) n WHERE "id" = '${id}'`);
      await sql.$executeRawUnsafe(`
      INSERT INTO "Attempt" ("id", "trialId", "number", "leaseToken", "engine", "endedAt", "outcome", "logTail")
      SELECT gen_random_uuid(), "id", 1, 1, 'wasm', now(), 'succeeded', repeat('a line of the log', 20) FROM "Trial" WHERE "sweepId" = '${sweepId}'`);
    },
    { timeout: 300_000 },
  );
  // A snapshot of another connection, such as autovacuum's, keeps pages from being marked as visible to all.
  await waitFor('all pages to be visible to all', async () => {
    await db.$executeRawUnsafe('VACUUM (ANALYZE) "Trial", "Attempt"');
    const [pages] = await db.$queryRaw<{ visible: boolean }[]>`
      SELECT bool_and(relallvisible = relpages) AS "visible" FROM pg_class WHERE relname IN ('Trial', 'Attempt')`;
    return pages?.visible === true;
  });
});
afterAll(() => fixture.close());

it.each<[string, (db: Database) => Promise<unknown>]>([
  ['a scrape of the metrics', (db) => new PlatformMetrics(db, noQueues).register(new Registry())()],
  [
    'a round of the reconciler',
    (db) => new Rounds(db, partOf<ApiSettings>({ artifactDir: '/nowhere' }), noQueues).round(),
  ],
  [
    'a look for series to summarize',
    (db) => summarizeSeries(db, { limit: 20, endedAfter: new Date(Date.now() - 60_000) }),
  ],
])('%s reads indexes and no whole table of trials or attempts', async (_, act) => {
  const statements: Prisma.Sql[] = [];
  const $queryRaw = (first: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => {
    const sql = 'sql' in first ? first : Prisma.sql(first, ...values);
    statements.push(sql);
    return fixture.db.$queryRaw(sql);
  };
  await act(new Proxy(fixture.db, { get: (db, name) => (name === '$queryRaw' ? $queryRaw : Reflect.get(db, name)) }));
  expect(statements.length).toBeGreaterThan(0);
  for (const sql of statements) {
    if (!/^\s*(SELECT|WITH "ratio"|WITH RECURSIVE)/.test(sql.sql)) continue;
    const [row] = await fixture.db.$queryRaw<{ 'QUERY PLAN': unknown }[]>(Prisma.sql`EXPLAIN (FORMAT JSON) ${sql}`);
    const plan = JSON.stringify(row?.['QUERY PLAN']);
    expect(plan.match(/"Node Type":"Seq Scan"[^{}]*?"Relation Name":"(Trial|Attempt)"/g), sql.sql).toBeNull();
  }
});

it('says the queues that there were, with zero where nothing waits now', async () => {
  const registry = new Registry();
  await fixture.db.trial.updateMany({ where: { method: 'vera', state: 'SUCCEEDED' }, data: { memoryClassMiB: 256 } });
  await new PlatformMetrics(fixture.db, noQueues).register(registry)();
  const depth = await registry.getSingleMetric('rankforge_queue_depth')?.get();
  const queued = 1 + Math.floor(trials / 500);
  expect(depth?.values.map(({ labels, value }) => [labels.memory_class_mib, value])).toEqual([
    [64, queued],
    [256, 0],
  ]);
});

/** @file Statements that run again and again, on a database of many trials: none looks at one, and what they count is right. */
import { stepTime } from '@rankforge/contracts';
import { type Database, foldTally, Prisma } from '@rankforge/db';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { PlatformMetrics } from '../src/metrics/platform-metrics.js';
import type { ApiSettings } from '../src/platform/env.js';
import type { TrialQueues } from '../src/platform/queues.js';
import { Reconciler } from '../src/scheduling/reconciler.js';

const trials = 20_000;
const inRedis = async () => Number.POSITIVE_INFINITY;
const noQueues = partOf<TrialQueues>({ waiting: inRedis, held: inRedis });
let fixture: Fixture;

class Rounds extends Reconciler {
  override round(): Promise<void> {
    return super.round();
  }
}

beforeAll(async () => {
  fixture = await openFixture();
  const { db } = fixture;
  const id = await fixture.queued();
  const columns = await db.$queryRaw<{ name: string }[]>`
    SELECT attname AS "name" FROM pg_attribute WHERE attrelid = '"Trial"'::regclass AND attnum > 0 AND NOT attisdropped`;
  const other: Record<string, string> = {
    id: 'gen_random_uuid()',
    key: 'gen_random_uuid()::text',
    ordinal: 'n + 10',
    state: `(CASE WHEN n % 500 = 0 THEN 'QUEUED' ELSE 'RUNNING' END)::"TrialState"`,
    method: `(ARRAY['lora','dora','pissa','vera','loha'])[1 + n % 5]`,
    queuedAt: `now() - interval '1 hour'`,
  };
  const values = columns.map(({ name }) => other[name] ?? `"${name}"`).join(', ');
  await db.$transaction(
    async (sql) => {
      // Rows of long ago, not changes: what happens to trials and attempts is not checked, and counted alone.
      await sql.$executeRawUnsafe(
        'ALTER TABLE "Trial" ENABLE ALWAYS TRIGGER "trials_created", ENABLE ALWAYS TRIGGER "trials_moved"',
      );
      await sql.$executeRawUnsafe('ALTER TABLE "Attempt" ENABLE ALWAYS TRIGGER "attempts_ended"');
      await sql.$executeRawUnsafe('SET LOCAL session_replication_role = replica');
      await sql.$executeRawUnsafe(`
      INSERT INTO "Trial" (${columns.map(({ name }) => `"${name}"`).join(', ')})
      SELECT ${values} FROM "Trial" CROSS JOIN generate_series(1, ${trials}) n WHERE "id" = '${id}'`);
      await sql.$executeRawUnsafe(`
      UPDATE "Trial" SET "state" = (CASE WHEN "ordinal" % 11 = 0 THEN 'OVER_BUDGET' WHEN "ordinal" % 7 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END)::"TrialState",
        "result" = jsonb_build_object('${stepTime}', "ordinal" % 97, 'curve', repeat('x', 600)),
        "measuredBytes" = "predictedBytes" + "ordinal" % 1000, "finishedAt" = now() - "ordinal" * interval '2 s'
      WHERE "state" = 'RUNNING'`);
      await sql.$executeRawUnsafe(`
      INSERT INTO "Attempt" ("id", "trialId", "number", "leaseToken", "engine", "logTail")
      SELECT gen_random_uuid(), "id", 1, 1, 'wasm', repeat('a line of the log', 20) FROM "Trial"`);
      await sql.$executeRaw`
        UPDATE "Attempt" SET "endedAt" = now(), "outcome" = CASE WHEN "id"::text < '8' THEN 'succeeded' ELSE 'failed' END`;
    },
    { timeout: 300_000 },
  );
  await db.$executeRawUnsafe('VACUUM (ANALYZE) "Trial", "Attempt"');
  await foldTally(db);
});
afterAll(() => fixture.close());

it.each<[string, (db: Database) => Promise<unknown>]>([
  ['a scrape of the metrics', (db) => new PlatformMetrics(db, noQueues).register(new Registry())()],
  [
    'a round of the reconciler',
    (db) => new Rounds(db, partOf<ApiSettings>({ artifactDir: '/nowhere' }), noQueues).round(),
  ],
])('%s looks at no trial, whatever state it is in, and at few counts', async (_, act) => {
  const statements: Prisma.Sql[] = [];
  const $queryRaw = (first: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => {
    const sql = 'sql' in first ? first : Prisma.sql(first, ...values);
    statements.push(sql);
    return fixture.db.$queryRaw(sql);
  };
  await act(new Proxy(fixture.db, { get: (db, name) => (name === '$queryRaw' ? $queryRaw : Reflect.get(db, name)) }));
  const relations = new Map<string, number>();
  for (const sql of statements) {
    // Leases that ran out are found by their time among those that run.
    if (sql.sql.includes('"leaseExpiresAt" <')) continue;
    const [row] = await fixture.db.$queryRaw<{ 'QUERY PLAN': unknown }[]>(
      Prisma.sql`EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) ${sql}`,
    );
    for (const { relation, rows } of scansOf(row!['QUERY PLAN']))
      relations.set(relation, Math.max(relations.get(relation) ?? 0, rows));
  }
  expect([...relations.keys()]).not.toContain('Trial');
  expect([...relations.keys()]).not.toContain('Attempt');
  expect(relations.get('Tally')).toBeLessThan(4000); // 100,000 trials have as few
});

it('counts what there is', async () => {
  const { db } = fixture;
  const counted = async (name: string) => {
    const registry = new Registry();
    await new PlatformMetrics(db, noQueues).register(registry)();
    const metric = (await registry.getSingleMetric(`rankforge_${name}`)!.get()).values;
    return metric.filter(({ value }) => value > 0).map(({ labels, value }) => ({ ...labels, value }));
  };
  const rows = await db.$queryRaw<unknown[]>`
    SELECT "kind", "state"::text AS "state", count(*)::int AS "value" FROM "Trial" GROUP BY 1, 2`;
  expect(rows).toHaveLength(4);
  expect(new Set(await counted('trials'))).toEqual(new Set(rows));
  expect(new Set(await counted('attempts_total'))).toEqual(
    new Set(
      await db.$queryRaw<unknown[]>`SELECT "outcome", "engine", count(*)::int AS "value" FROM "Attempt" GROUP BY 1, 2`,
    ),
  );
});

it('says the queues that there were, with zero where nothing waits now', async () => {
  const registry = new Registry();
  const { db } = fixture;
  const id = await fixture.queued();
  await db.trial.update({ where: { id }, data: { memoryClassMiB: 256 } });
  await db.trial.update({ where: { id }, data: { state: 'CANCELLED' } });
  await new PlatformMetrics(db, noQueues).register(registry)();
  const depth = await registry.getSingleMetric('rankforge_queue_depth')?.get();
  const queued = 1 + Math.floor(trials / 500);
  expect(depth?.values.map(({ labels, value }) => [labels.memory_class_mib, value])).toEqual([
    [64, queued],
    [256, 0],
  ]);
});

/** Tables that a plan reads, each with the rows that it looked at. */
function scansOf(plan: unknown): { relation: string; rows: number }[] {
  if (plan === null || typeof plan !== 'object') return [];
  const { 'Relation Name': relation, 'Actual Rows': rows, 'Rows Removed by Filter': removed = 0 } = plan as Json;
  const own = typeof relation === 'string' ? [{ relation, rows: Number(rows) + Number(removed) }] : [];
  return [...own, ...Object.values(plan).flatMap(scansOf)];
}

type Json = Record<string, unknown>;

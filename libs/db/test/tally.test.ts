/** @file What statements do to trials and attempts is told and counted once a statement, however many rows it changes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, memory, openFixture } from '../../../test/support/trials.js';
import { claimTrials, finishTrials, foldTally, handBack, readTally, renewLeases } from '../src/index.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

/** Counts of the tally that are not 0, by labels. */
async function tallied(of: string): Promise<[unknown, number][]> {
  const rows = (await readTally(fixture.db)).filter((row) => row.of === of && row.count !== 0);
  return rows.map(({ labels, count }): [unknown, number] => [labels, count]);
}

/** The same by a count of the rows themselves. */
async function expectCounted(): Promise<void> {
  const { db } = fixture;
  const pairs = (rows: { labels: unknown; count: number }[]) =>
    new Set(rows.map(({ labels, count }) => [labels, count]));
  const trials = await db.$queryRaw<{ labels: unknown; count: number }[]>`
    SELECT jsonb_build_object('kind', "kind", 'state', "state") AS "labels", count(*)::int AS "count" FROM "Trial" GROUP BY 1`;
  const queued = await db.$queryRaw<{ labels: unknown; count: number }[]>`
    SELECT jsonb_build_object('sweepId', "sweepId", 'engine', "engine", 'memoryClassMiB', "memoryClassMiB", 'site', "site") AS "labels",
      count(*)::int AS "count" FROM "Trial" WHERE "state" = 'QUEUED' GROUP BY 1`;
  expect(new Set(await tallied('trials'))).toEqual(pairs(trials));
  expect(new Set(await tallied('queued'))).toEqual(pairs(queued));
}

const events = async (after = 0n) => {
  const rows = await fixture.db.event.findMany({
    where: { id: { gt: after }, type: 'trial.state' },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ trialId, data }) => ({ trialId, ...(data as { from: string | null; to: string }) }));
};
const lastEvent = async () => (await fixture.db.event.aggregate({ _max: { id: true } }))._max.id ?? 0n;

async function claimed(count: number) {
  const { db, workerId } = fixture;
  const ids: string[] = [];
  for (let made = 0; made < count; made++) ids.push(await fixture.queued());
  const places = ids.map((trialId) => ({ trialId, device: 'host' as const }));
  const trials = await claimTrials(db, { workerId, leaseSeconds: 60 }, places, { locked: 'wait' });
  return trials.map((trial) => (trial as Exclude<typeof trial, string>).lease);
}

const succeeded = { state: 'SUCCEEDED', result: { seconds: 1 }, measured: memory, objective: 1, step: 1 } as const;

it('tells of each trial that a statement moves, in the order in which it moves them, and of none that stays', async () => {
  const { db } = fixture;
  const leases = await claimed(4);
  const before = await lastEvent();
  await renewLeases(db, leases, 60);
  expect(await lastEvent()).toBe(before);
  // Rows are moved from the last to the first.
  await db.$executeRaw`
    UPDATE "Trial" t SET "state" = (CASE WHEN s."n" = 2 THEN 'RUNNING' ELSE 'CANCELLED' END)::"TrialState", "step" = 7
    FROM (SELECT * FROM unnest(${leases.map(({ trialId }) => trialId)}::uuid[]) WITH ORDINALITY AS u("id", "n") ORDER BY "n" DESC) s
    WHERE t."id" = s."id"`;
  const moved = leases.filter((_, index) => index !== 1).map(({ trialId }) => trialId);
  const told = await events(before);
  expect(told).toHaveLength(3);
  const order = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Trial" WHERE "id" = ANY(${moved}::uuid[]) ORDER BY ctid`;
  expect(told).toEqual(
    order.map(({ id }) => ({ trialId: id, from: 'RUNNING', to: 'CANCELLED', leaseToken: 1, attempt: 1 })),
  );
  await expectCounted();
});

it('counts trials as they are after whatever happened to them, and attempts for good', async () => {
  const { db, sweepId } = fixture;
  const [first, second, third] = (await claimed(3)) as Awaited<ReturnType<typeof claimed>>;
  await finishTrials(
    db,
    [
      { lease: first!, outcome: succeeded, logTail: '' },
      { lease: second!, outcome: { state: 'FAILED', reason: 'no', attempt: 'failed' }, logTail: '' },
    ],
    { locked: 'wait' },
  );
  await handBack(db, third!, { outcome: 'handed-back', reason: 'drain', logTail: '' });
  await expectCounted();
  await db.trial.updateMany({
    where: { sweepId, state: 'QUEUED' },
    data: { memoryClassMiB: 128, site: 'dataset:a/b' },
  });
  await expectCounted();
  const attempts = [
    [{ engine: 'wasm', outcome: 'failed' }, 1],
    [{ engine: 'wasm', outcome: 'handed-back' }, 1],
    [{ engine: 'wasm', outcome: 'succeeded' }, 1],
  ];
  expect(new Set(await tallied('attempts'))).toEqual(new Set(attempts));
  await db.trial.deleteMany({ where: { id: { in: [first!.trialId, second!.trialId, third!.trialId] } } });
  await expectCounted();
  expect(new Set(await tallied('attempts'))).toEqual(new Set(attempts));
  expect((await readTally(db)).find(({ labels }) => labels.memoryClassMiB === 128)).toMatchObject({ count: 0 });
});

it('keeps every count when several programs sum it up at once, and forgets what trainings took long ago', async () => {
  const { db } = fixture;
  await fixture.queued();
  const long = Math.floor(Date.now() / 1000) - 2 * 24 * 3600;
  await db.$executeRaw`
    INSERT INTO "Tally" ("of", "projectId", "labels", "count")
    SELECT 'trials', "projectId", '{"kind": "train", "state": "PENDING"}', 1 FROM "Sweep", generate_series(1, 2000)
    UNION ALL
    SELECT 'stepMs', "projectId", jsonb_build_object('kind', 'train', 'value', n, 'slot', ${long}::int), 1 FROM "Sweep", generate_series(1, 9) n`;
  const before = (await readTally(db)).filter(({ of, count }) => of !== 'stepMs' && count !== 0);
  await Promise.all([foldTally(db), foldTally(db), foldTally(db)]);
  const after = await readTally(db);
  expect(new Set(after.filter(({ count }) => count !== 0))).toEqual(new Set(before));
  const [rows] = await db.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS "count" FROM "Tally"`;
  expect(rows!.count).toBe(after.length);
  expect(await foldTally(db)).toBe(0);
  // The queue of the test before, for which nothing waits.
  expect(after.filter(({ count }) => count === 0).map(({ of, labels }) => [of, labels])).toEqual([
    ['queued', { engine: 'wasm', memoryClassMiB: 128, site: 'dataset:a/b' }],
  ]);
});

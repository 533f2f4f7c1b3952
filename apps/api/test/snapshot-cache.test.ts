import { claimTrial, finishTrial, freezeRestoredEvents, openDatabase, Prisma } from '@rankforge/db';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Fixture, memory, openFixture, spec } from '../../../test/support/trials.js';
import { SnapshotCache } from '../src/platform/snapshot-cache.js';

let fixture: Fixture;
let cache: SnapshotCache<number>;
let made: number;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());
beforeEach(() => {
  cache = new SnapshotCache(fixture.db, { answers: 2 });
  made = 0;
});

/** An answer about the sweeps of a base that says how often one was made. */
const read = (base = spec.base) => cache.get(base, Prisma.sql`s."base" = ${base}`, async () => ++made);
const claim = async () => {
  const { db, workerId } = fixture;
  const claimed = await claimTrial(db, { trialId: await fixture.queued(), workerId, device: 'host', leaseSeconds: 60 });
  return claimed!.lease;
};
const outcome = { state: 'OVER_BUDGET', reason: 'for the test', measured: memory, dominantPart: 'weights' } as const;

it('is made once while nothing happens, and again after anything did', async () => {
  expect([await read(), await read()]).toEqual([1, 1]);
  const lease = await claim();
  expect([await read(), await read()]).toEqual([2, 2]);
  await finishTrial(fixture.db, lease, outcome, '');
  expect([await read(), await read()]).toEqual([3, 3]);
});

it('is not made again for what happens elsewhere', async () => {
  const other = 'another';
  expect([await read(), await read(other)]).toEqual([1, 2]);
  await claim();
  expect([await read(other), await read()]).toEqual([2, 3]);
});

it('makes an answer again that was dropped for so many others', async () => {
  expect([await read('one'), await read('two'), await read('three')]).toEqual([1, 2, 3]);
  expect([await read('three'), await read('two'), await read('one')]).toEqual([3, 2, 4]);
});

it('is made again when a change commits behind one that began later', async () => {
  const lease = await claim();
  const slow = openDatabase({ url: fixture.database.url, poolSize: 1 });
  let commit = () => {};
  const held = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let written = () => {};
  const wrote = new Promise<void>((resolve) => {
    written = resolve;
  });
  const transaction = slow.$transaction(
    async (sql) => {
      await sql.$executeRaw`
        UPDATE "Trial" SET "state" = 'CANCELLED', "finishedAt" = now() WHERE "id" = ${lease.trialId}::uuid`;
      written();
      await held;
    },
    { timeout: 20_000 },
  );
  await wrote;
  await claim(); // a later transaction, with later events, that is there first
  expect([await read(), await read()]).toEqual([1, 1]);
  commit();
  await transaction;
  expect([await read(), await read()]).toEqual([2, 2]);
  await slow.$disconnect();
});

it('keeps an answer beside events that a dump brought from a cluster of more transactions', async () => {
  await fixture.db.$executeRaw`
    INSERT INTO "Event" ("xact", "type", "sweepId", "data")
    VALUES ('1000000000000'::xid8, 'sweep.state', ${fixture.sweepId}::uuid, '{}')`;
  // Until then each reading makes it anew: the event looks like one that is to come.
  expect([await read(), await read()]).toEqual([1, 2]);
  await freezeRestoredEvents(fixture.db);
  expect([await read(), await read()]).toEqual([2, 2]);
  await claim();
  expect([await read(), await read()]).toEqual([3, 3]);
});

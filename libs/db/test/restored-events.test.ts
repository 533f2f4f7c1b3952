import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { freezeRestoredEvents, frozenXact, openDatabase } from '../src/index.js';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

/** Inserts an event as a dump does, with the transaction that wrote it elsewhere. */
const restore = (xact: bigint) => fixture.db.$executeRaw`
  INSERT INTO "Event" ("xact", "type", "sweepId", "data")
  VALUES (${String(xact)}::xid8, 'sweep.state', ${fixture.sweepId}::uuid, '{}')`;

const nextXact = async () => {
  const [row] = await fixture.db.$queryRaw<{ next: string }[]>`
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS "next"`;
  return BigInt(row!.next);
};

/** Id and transaction of every event in the order of the log. */
const log = async () => {
  const rows = await fixture.db.$queryRaw<{ id: bigint; xact: string }[]>`
    SELECT "id", "xact"::text AS "xact" FROM "Event" ORDER BY "Event"."xact", "Event"."id"`;
  return rows.map(({ id, xact }) => ({ id, xact: BigInt(xact) }));
};

describe('events of a restored dump', () => {
  it('stay as they are where all are of this cluster', async () => {
    await fixture.queued();
    const before = await log();
    expect(before.length).toBeGreaterThan(0);
    expect(await freezeRestoredEvents(fixture.db)).toBe(0);
    expect(await log()).toEqual(before);
  });

  it('come before what this cluster wrote since, by id, and are changed once by several processes', async () => {
    const next = await nextXact();
    const own = (await log()).length;
    // The first two transactions have numbers that this cluster gave too; the last is far ahead.
    for (const xact of [3n, 700n, next + 10n ** 6n, next + 10n ** 6n, next + 10n ** 9n]) await restore(xact);
    const restored = (await log()).map(({ id }) => id).sort((a, b) => Number(a - b));
    await fixture.queued();
    const others = [1, 2].map(() => openDatabase({ url: fixture.database.url, poolSize: 1 }));
    const changed = await Promise.all([fixture.db, ...others].map((db) => freezeRestoredEvents(db)));
    for (const other of others) await other.$disconnect();
    expect(changed.reduce((sum, one) => sum + one, 0)).toBe(own + 5);
    const after = await log();
    expect(after.slice(0, own + 5)).toEqual(restored.map((id) => ({ id, xact: frozenXact })));
    const since = after.slice(own + 5);
    expect(since.length).toBeGreaterThan(0);
    for (const { xact } of since) expect(xact).toBeGreaterThanOrEqual(next);
    expect(await freezeRestoredEvents(fixture.db)).toBe(0);
  });

  it.each([
    ['their content', `UPDATE "Event" SET "data" = '{"from": "nowhere"}'`],
    ['their content with their transaction', `UPDATE "Event" SET "xact" = '2', "type" = 'another'`],
    ['their transaction to another', `UPDATE "Event" SET "xact" = '3'`],
    ['their number', 'DELETE FROM "Event"'],
  ])('stay in a log that refuses to change %s', async (_, statement) => {
    await expect(fixture.db.$executeRawUnsafe(statement)).rejects.toThrow('the event log is append-only');
  });
});

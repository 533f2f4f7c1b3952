/** @file A claim takes siblings along: those that share base, task and data, that fit, and no more than its part. */
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, memory, openFixture, type QueuedFields } from '../../../test/support/trials.js';
import { claimSiblings, claimTrial, claimTrials, type DeviceRoom, type RoomBeside } from '../src/claim.js';
import { checkHistory } from '../src/history.js';
import { Prisma } from '../src/index.js';
import { expireLeases } from '../src/lease.js';
import { finishTrial, handBack } from '../src/outcome.js';
import { heartbeat, isLive, registerWorker, stopWorker, workerStanding } from '../src/workers.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterEach(async () => {
  await fixture.db.trial.deleteMany();
});
afterAll(() => fixture.close());

/** One base of 6000 bytes, 600 kept by each trial, 400 more while it steps. */
const packable = { ...memory, packed: { peak: 7000, resident: 600 } };
const device: DeviceRoom = { slots: 1, bytes: 1e9 };
const wide: RoomBeside = { packSize: 8, bytes: 1e9, devices: [device] };

const queue = (count: number, fields: QueuedFields = {}) =>
  Promise.all(Array.from({ length: count }, () => fixture.queued({ predicted: packable, ...fields })));
const claim = async (trialId: string, room: Partial<RoomBeside> = {}, leaseSeconds = 60) => {
  const claimer = { workerId: fixture.workerId, leaseSeconds };
  const leader = await claimTrial(fixture.db, { ...claimer, trialId, device: 'host' });
  return leader ? claimSiblings(fixture.db, claimer, { leader, device: 'host' }, { ...wide, ...room }) : [];
};
const ids = (claimed: readonly { lease: { trialId: string } }[]) => claimed.map(({ lease }) => lease.trialId);
const read = (id: string) => fixture.db.trial.findUniqueOrThrow({ where: { id }, include: { attemptList: true } });

/** Moves a trial to a sweep of its own that differs in some fields. */
async function intoSweep(trialId: string, fields: { projectId?: string; baseSha256?: string }): Promise<void> {
  const sweep = await fixture.db.sweep.findUniqueOrThrow({ where: { id: fixture.sweepId } });
  const id = uuidv7();
  await fixture.db.sweep.create({ data: { ...sweep, id, spec: {}, strategyState: Prisma.DbNull, ...fields } });
  await fixture.db.trial.update({ where: { id: trialId }, data: { sweepId: id } });
}

describe('a pack', () => {
  it('is the trial that was asked for and its siblings, each with a lease and an attempt of its own', async () => {
    const [first, ...rest] = (await queue(3)) as [string, ...string[]];
    const claimed = await claim(first);
    expect(ids(claimed)).toEqual([first, ...rest.toSorted()]);
    const packId = claimed[0]!.packId;
    expect(packId).toEqual(expect.any(String));
    for (const { lease, attempt, ...member } of claimed) {
      expect(member.packId).toBe(packId);
      expect({ attempt, token: lease.token }).toEqual({ attempt: 1, token: 1 });
      expect(await read(lease.trialId)).toMatchObject({
        state: 'RUNNING',
        attemptList: [{ number: 1, leaseToken: 1n, packId, device: 'host' }],
      });
    }
    // Their own wake-ups find nothing to do.
    expect(await claim(rest[0]!)).toEqual([]);
    expect(
      await claimTrial(fixture.db, { trialId: first, workerId: fixture.workerId, device: 'host', leaseSeconds: 9 }),
    ).toBeUndefined();
  });

  it('has more than one member', async () => {
    const [only] = (await queue(1)) as [string];
    expect((await claim(only))[0]!.packId).toBeUndefined();
    expect((await read(only)).attemptList).toMatchObject([{ packId: null }]);
  });

  it('takes the next ones first, and no other base, data, length or kind', async () => {
    const [asked] = (await queue(1)) as [string];
    await queue(1, { base: 'another' });
    await queue(1, { dataset: 'a'.repeat(64) });
    await queue(1, { sequenceLength: 32 });
    await queue(1, { kind: 'score', scoresTrialId: asked });
    await queue(1, { predicted: memory });
    const [later] = (await queue(1)) as [string];
    const [urgent] = (await queue(1, { priority: 90 })) as [string];
    expect(ids(await claim(asked))).toEqual([asked, urgent, later]);
  });

  it('leaves a trial of a kind that only a later version knows to a worker of that version', async () => {
    const [asked, sibling] = (await queue(2)) as [string, string];
    await fixture.db.trial.updateMany({ where: { id: asked }, data: { kind: 'a later kind' } });
    expect(await claim(asked)).toEqual([]);
    expect(ids(await claim(sibling))).toEqual([sibling]);
    expect(await read(asked)).toMatchObject({ state: 'QUEUED', attempts: 0 });
  });

  it('is of one project', async () => {
    const [asked, other] = (await queue(2)) as [string, string];
    const projectId = uuidv7();
    await fixture.db.project.create({ data: { id: projectId, name: 'another' } });
    await intoSweep(other, { projectId });
    expect(ids(await claim(asked))).toEqual([asked]);
  });

  it('takes no trial of another base model that had the same name before or after', async () => {
    const [asked, later, same] = (await queue(3)) as [string, string, string];
    const [before, after] = ['a'.repeat(64), 'b'.repeat(64)];
    await intoSweep(asked, { baseSha256: before });
    await intoSweep(later, { baseSha256: after });
    await intoSweep(same, { baseSha256: before });
    const claimed = await claim(asked);
    expect(ids(claimed)).toEqual([asked, same]);
    expect(claimed.map(({ baseSha256 }) => baseSha256)).toEqual([before, before]);
    const [planned] = (await queue(1)) as [string];
    expect((await claim(planned))[0]!.baseSha256).toBeUndefined();
  });

  it('holds what its bytes allow: one base, what each keeps, and the step of one', async () => {
    const [first] = (await queue(8)) as [string];
    // 6400 + 4 · 600 = 8800
    expect(await claim(first, { bytes: 8800 + 599 })).toHaveLength(4);
    const [next] = (await queue(1)) as [string];
    expect(await claim(next, { bytes: 7000 })).toHaveLength(1);
  });

  it('is no larger than the worker says', async () => {
    const [first] = (await queue(8)) as [string];
    expect(await claim(first, { packSize: 3 })).toHaveLength(3);
    const [next] = (await queue(1)) as [string];
    expect(await claim(next, { packSize: 1 })).toHaveLength(1);
  });

  it('leaves their part to other slots of the worker, and to other workers that live and have room', async () => {
    const [first, second] = (await queue(8)) as [string, string];
    expect(await claim(first, { devices: [{ ...device, slots: 2 }] })).toHaveLength(4);
    await fixture.db.trial.deleteMany();
    const other = await registerWorker(fixture.db, {
      name: 'other',
      host: 'h',
      pid: 2,
      version: '0',
      engines: ['wasm'],
      slots: 3,
      devices: [{ id: 'host', name: 'h', kind: 'host', totalBytes: 1e9, capacityBytes: 1e6, reservedBytes: 0 }],
    });
    const again = (await queue(8)) as [string, ...string[]];
    expect(await claim(again[0])).toHaveLength(2);
    // Others fill it: room for one training, and two places for the six that wait.
    await heartbeat(fixture.db, other, {
      devices: [{ id: 'host', name: 'h', kind: 'host', totalBytes: 1e9, capacityBytes: 8000, reservedBytes: 8000 }],
      draining: false,
    });
    const waiting = await fixture.db.trial.findFirstOrThrow({ where: { state: 'QUEUED' } });
    expect(await claim(waiting.id)).toHaveLength(3);
    await stopWorker(fixture.db, other);
    const last = await fixture.db.trial.findFirstOrThrow({ where: { state: 'QUEUED' } });
    expect(await claim(last.id)).toHaveLength(3);
    expect(second).toEqual(expect.any(String));
  });

  it('leaves their part to a worker as long as it is listed as live, and none to one that is lost', async () => {
    const { db } = fixture;
    const host = {
      id: 'host',
      name: 'h',
      kind: 'host',
      totalBytes: 1e9,
      capacityBytes: 1e6,
      reservedBytes: 0,
    } as const;
    const worker = { name: 'silent', host: 'h', pid: 4, version: '0', engines: ['wasm'], slots: 3 } as const;
    const silent = await registerWorker(db, { ...worker, devices: [host] });
    const heardOf = (seconds: number) => db.$executeRaw`
      UPDATE "Worker" SET "heartbeatAt" = clock_timestamp() - make_interval(secs => ${seconds}::float8) WHERE "id" = ${silent}::uuid`;
    const standing = async () =>
      (await db.$queryRaw`SELECT ${workerStanding} AS "is", ${isLive('w')} AS "isLive"
      FROM "Worker" w WHERE w."id" = ${silent}::uuid`) as unknown;
    const trials = (await queue(8)) as [string, ...string[]];
    await heardOf(12);
    expect(await standing()).toEqual([{ is: 'live', isLive: true }]);
    expect(await claim(trials[0])).toHaveLength(2);
    await heardOf(16);
    expect(await standing()).toEqual([{ is: 'lost', isLive: false }]);
    const next = await db.trial.findFirstOrThrow({ where: { state: 'QUEUED' } });
    expect(await claim(next.id)).toHaveLength(6);
    await stopWorker(db, silent);
  });

  it('leaves their part to other devices that the engine computes on, of the worker and of others', async () => {
    const [first] = (await queue(8)) as [string];
    const devices = [device, { slots: 2, bytes: 1e6 }, { slots: 2, bytes: 7000 }, { slots: 2, bytes: 6999 }];
    // Its own place, two on the next device and one on the one after: the last has no room.
    expect(await claim(first, { devices })).toHaveLength(2);
    await fixture.db.trial.deleteMany();
    const card = {
      name: 'd',
      kind: 'cuda',
      totalBytes: 1e9,
      capacityBytes: 1e6,
      reservedBytes: 0,
      slots: 1,
    } as const;
    const other = await registerWorker(fixture.db, {
      name: 'cards',
      host: 'h',
      pid: 3,
      version: '0',
      engines: ['wasm'],
      slots: 8,
      devices: [
        { ...card, id: 'host', slots: 5, engines: [] },
        { ...card, id: 'cuda:0', engines: ['wasm'] },
        { ...card, id: 'cuda:1', engines: ['wasm'] },
        { ...card, id: 'cuda:2', engines: ['wasm'], capacityBytes: 0 },
      ],
    });
    const again = (await queue(9)) as [string, ...string[]];
    expect(await claim(again[0])).toHaveLength(3); // one place here, two there
    await stopWorker(fixture.db, other);
  });

  it('becomes smaller the fewer wait, so that slots which come free have their part', async () => {
    await queue(12);
    const sizes: number[] = [];
    for (;;) {
      const next = await fixture.db.trial.findFirst({ where: { state: 'QUEUED' }, orderBy: { ordinal: 'asc' } });
      if (!next) break;
      sizes.push((await claim(next.id, { devices: [{ ...device, slots: 2 }] })).length);
    }
    // Half of what is left, by each of the two slots in turn.
    expect(sizes).toEqual([6, 3, 2, 1]);
  });

  it('has no part of what may not run', async () => {
    const paused = await queue(16);
    for (const trialId of paused) await intoSweep(trialId, {});
    await fixture.db.sweep.updateMany({ where: { id: { not: fixture.sweepId } }, data: { state: 'PAUSED' } });
    const [first] = (await queue(8)) as [string];
    expect(await claim(first, { devices: [{ ...device, slots: 2 }] })).toHaveLength(4);
  });

  it('is disjoint from that of a worker that claims at the same time', async () => {
    const trials = await queue(12);
    const packs = await Promise.all(trials.slice(0, 4).map((id) => claim(id, { packSize: 4 })));
    const taken = packs.flatMap(ids);
    expect(new Set(taken).size).toBe(taken.length);
    expect(await fixture.db.trial.count({ where: { state: 'RUNNING' } })).toBe(taken.length);
    expect(await fixture.db.attempt.count()).toBe(taken.length);
  });
});

describe('a pack that broke off', () => {
  it('costs no member an attempt, and each is tried again without others', async () => {
    const [first, second] = (await queue(2, { maxAttempts: 1 })) as [string, string];
    for (const { lease } of await claim(first)) {
      const back = { outcome: 'child-died' as const, reason: 'SIGKILL', logTail: '', packBroke: true };
      expect(await handBack(fixture.db, lease, back)).toBe('QUEUED');
    }
    expect(await read(second)).toMatchObject({ state: 'QUEUED', alone: true, attempts: 1, maxAttempts: 2 });
    const alone = await claim(first);
    expect(ids(alone)).toEqual([first]);
    // Alone it is its own fault.
    const { lease } = alone[0]!;
    expect(await handBack(fixture.db, lease, { outcome: 'child-died', reason: 'SIGKILL', logTail: '' })).toBe('FAILED');
    expect((await checkHistory(fixture.db, fixture.sweepId)).problems).toEqual([]);
  });

  it('tries its members again alone after its worker was lost too', async () => {
    const [first, second, third] = (await queue(3, { maxAttempts: 1 })) as [string, string, string];
    const claimed = await claim(first, {}, 0.01);
    expect(claimed).toHaveLength(3);
    // The result of one that had ended stays.
    const done = claimed.find(({ lease }) => lease.trialId === third)!;
    await finishTrial(fixture.db, done.lease, { state: 'FAILED', reason: 'its own', attempt: 'failed' }, '');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const expired = await expireLeases(fixture.db, { graceSeconds: 0 });
    expect(expired.map(({ state }) => state)).toEqual(['QUEUED', 'QUEUED']);
    expect(await read(second)).toMatchObject({ alone: true, attempts: 1, maxAttempts: 2 });
    expect(await read(third)).toMatchObject({ state: 'FAILED', reason: 'its own', alone: false });
    expect((await checkHistory(fixture.db, fixture.sweepId)).problems).toEqual([]);
  });
});

describe('a claim of several trials', () => {
  const claimAll = (trialIds: readonly string[], claimer = fixture.workerId) =>
    claimTrials(
      fixture.db,
      { workerId: claimer, leaseSeconds: 60 },
      trialIds.map((trialId, index) => ({ trialId, device: `cuda:${index}` })),
      { locked: 'pass-over' },
    );

  it('answers for each what it took, in the order in which they were asked for', async () => {
    const [first, second] = (await queue(2)) as [string, string];
    const [later, cancelled] = (await queue(2)) as [string, string];
    await fixture.db.trial.update({ where: { id: later }, data: { kind: 'a later kind' } });
    await fixture.db.trial.update({ where: { id: cancelled }, data: { state: 'CANCELLED' } });
    const claimed = await claimAll([second, cancelled, first, uuidv7()]);
    expect(claimed.map((one) => (typeof one === 'object' ? one.lease : one))).toEqual([
      { trialId: second, token: 1 },
      'nothing',
      { trialId: first, token: 1 },
      'nothing',
    ]);
    expect((await read(second)).attemptList).toMatchObject([
      { number: 1, leaseToken: 1n, device: 'cuda:0', packId: null },
    ]);
    expect((await read(first)).attemptList).toMatchObject([
      { number: 1, leaseToken: 1n, device: 'cuda:2', packId: null },
    ]);
    expect((await checkHistory(fixture.db, fixture.sweepId)).problems).toEqual([]);
  });

  it('takes a trial once that is asked for twice', async () => {
    const [trialId] = (await queue(1)) as [string];
    const claimed = await claimAll([trialId, trialId]);
    expect(claimed.filter((one) => typeof one === 'object')).toMatchObject([{ lease: { trialId, token: 1 } }]);
    expect((await read(trialId)).attemptList).toHaveLength(1);
  });

  it('gives each trial to one of many claimers', async () => {
    const trials = await queue(12);
    const claimed = await Promise.all(Array.from({ length: 6 }, () => claimAll(trials)));
    const taken = claimed.flat().flatMap((one) => (typeof one === 'object' ? [one.lease] : []));
    expect(taken.map(({ trialId }) => trialId).toSorted()).toEqual(trials.toSorted());
    expect(await fixture.db.attempt.count()).toBe(trials.length);
  });

  it('passes over a trial whose row is locked, and takes the others', async () => {
    const [locked, free] = (await queue(2)) as [string, string];
    await fixture.db.$transaction(async (other) => {
      await other.$queryRaw`SELECT 1 FROM "Trial" WHERE "id" = ${locked}::uuid FOR UPDATE`;
      expect(await claimAll([locked, free])).toMatchObject(['passed-over', { lease: { trialId: free } }]);
    });
    expect(await read(locked)).toMatchObject({ state: 'QUEUED', attempts: 0 });
    expect(await claim(locked, { packSize: 1 })).toMatchObject([{ lease: { trialId: locked } }]);
  });

  it('leaves trials that a quota counts to claims of one', async () => {
    const [counted, other, free] = (await queue(3)) as [string, string, string];
    const projectId = uuidv7();
    await fixture.db.project.create({ data: { id: projectId, name: 'with a quota', maxRunningTrials: 1 } });
    for (const trialId of [counted, other]) await intoSweep(trialId, { projectId });
    expect(await claimAll([counted, free, other])).toMatchObject([
      'passed-over',
      { lease: { trialId: free } },
      'passed-over',
    ]);
    expect(ids(await claim(counted, { packSize: 1 }))).toEqual([counted]);
    expect(await claim(other)).toEqual([]);
  });
});

import type { Prisma } from '@rankforge/db';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { stalledTrial } from '../src/scheduling/stalled.js';
import { viewOf } from './support/sweep-views.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const reason = async (id = fixture.sweepId): Promise<string | null> => (await viewOf(fixture, id)).reason;

it('says that no live worker runs the engine of a sweep whose trials wait, until one of them runs', async () => {
  const { db, workerId } = fixture;
  const trialId = await fixture.queued();
  expect(await reason()).toBeNull();
  await db.trial.update({ where: { id: trialId }, data: { engine: 'tensorflow' } });
  expect(await reason()).toBe(
    'no live worker runs tensorflow (but wasm): `rankforge engine list` says how to add it, and a worker has it from its next start on',
  );
  await db.worker.update({ where: { id: workerId }, data: { heartbeatAt: new Date(0) } });
  expect(await reason()).toBe('no worker is alive: `rankforge worker` starts one');
  await db.trial.update({ where: { id: trialId }, data: { state: 'RUNNING' } });
  expect(await reason()).toBeNull();
});

it('says nothing of a sweep over several engines while trials on one of them may begin', async () => {
  const { db } = fixture;
  await db.trial.deleteMany();
  const [here, elsewhere] = [await fixture.queued(), await fixture.queued()];
  await db.worker.updateMany({ data: { heartbeatAt: new Date() } });
  await db.trial.update({ where: { id: elsewhere }, data: { engine: 'tensorflow' } });
  expect(await reason()).toBeNull();
  await db.trial.update({ where: { id: here }, data: { state: 'CANCELLED' } });
  expect(await reason()).toContain('no live worker runs tensorflow');
});

it('says that a quota, or every device, is too small for the smallest trial that waits', async () => {
  const { db, sweepId, workerId } = fixture;
  await db.trial.deleteMany();
  const alive = { heartbeatAt: new Date() };
  const trialId = await fixture.queued();
  const { projectId } = await db.sweep.findUniqueOrThrow({ where: { id: sweepId } });
  await db.trial.update({ where: { id: trialId }, data: { predictedBytes: 5000 * 2 ** 20, memoryClassMiB: 8192 } });
  const quota = (data: object) => db.project.update({ where: { id: projectId }, data });
  await quota({ maxReservedMiB: 4000 });
  await db.worker.update({ where: { id: workerId }, data: alive });
  expect(await reason()).toBe(
    'the quota of project default is 4000 MiB, and the smallest trial that waits needs 5000 MiB: raise it, or make a sweep of smaller trials',
  );
  await quota({ maxReservedMiB: 5000, maxRunningTrials: 0 });
  expect(await reason()).toBe('the quota of project default lets no trial run: raise it');
  await quota({ maxReservedMiB: null, maxRunningTrials: null });
  expect(await reason()).toBeNull();
  const device = { id: 'host', name: 'h', kind: 'host', totalBytes: 2 ** 33, reservedBytes: 0 };
  const devices = [{ ...device, capacityBytes: 6000 * 2 ** 20 }];
  await db.worker.update({ where: { id: workerId }, data: { ...alive, devices } });
  expect(await reason()).toBe(
    'no device of a live worker can hold the smallest trial that waits: it is taken where 8192 MiB are, and the largest device has 6000 MiB for trials',
  );
});

it('says of a trial for several devices what they take together, and the most room that a live worker has', async () => {
  const { db, sweepId, workerId } = fixture;
  await db.trial.deleteMany();
  const device = { id: 'host', name: 'h', kind: 'host', totalBytes: 2 ** 33, reservedBytes: 0 };
  const room = (mib: number) => ({ heartbeatAt: new Date(), devices: [{ ...device, capacityBytes: mib * 2 ** 20 }] });
  await db.worker.update({ where: { id: workerId }, data: room(1500) });
  const [wide, narrow] = [await fixture.queued(), await fixture.queued()];
  const { spec } = await db.trial.findUniqueOrThrow({ where: { id: wide } });
  const { training, ...rest } = spec as { training: object };
  const takes = (devices: number) => ({ ...rest, training: { ...training, devices } });
  await db.trial.update({ where: { id: wide }, data: { spec: takes(4), memoryClassMiB: 512 } });
  await db.trial.update({ where: { id: narrow }, data: { spec: takes(2), memoryClassMiB: 512 } });
  const reasonOf = (id: string) => stalledTrial(db, { id, sweepId });
  const beyond =
    'no device of a live worker has room for the 4 processes of the smallest trial that waits: they are taken where 2048 MiB are, and the largest device has 1500 MiB for trials; take fewer devices, or start a worker with more memory';
  // Another trial may begin; this one may not.
  expect(await reason()).toBeNull();
  expect([await reasonOf(wide), await reasonOf(narrow)]).toEqual([
    beyond.replace('the smallest trial that waits', 'this trial'),
    undefined,
  ]);
  await db.trial.update({ where: { id: narrow }, data: { state: 'CANCELLED' } });
  expect(await reason()).toBe(beyond);
  await db.worker.update({ where: { id: workerId }, data: room(2048) });
  expect([await reason(), await reasonOf(wide)]).toEqual([null, undefined]);
});

it('says why the trials cannot begin that others of a sweep wait for', async () => {
  const { db, sweepId, workerId } = fixture;
  await db.trial.deleteMany();
  await db.worker.update({ where: { id: workerId }, data: { heartbeatAt: new Date(), devices: [] } });
  const { id: _, ...sweep } = await db.sweep.findUniqueOrThrow({ where: { id: sweepId } });
  const waits = uuidv7();
  await db.sweep.create({ data: { ...sweep, id: waits, name: 'waits', spec: {}, strategyState: {} } });
  const leader = await fixture.queued();
  const { id: __, ...equal } = await db.trial.findUniqueOrThrow({ where: { id: leader } });
  const follower = { ...equal, id: uuidv7(), sweepId: waits, state: 'PENDING', leaderId: leader };
  const given = Object.entries(follower).filter(([, value]) => value !== null);
  await db.trial.create({ data: Object.fromEntries(given) as Prisma.TrialUncheckedCreateInput });
  const quota = (maxRunningTrials: number | null) =>
    db.project.update({ where: { id: sweep.projectId }, data: { maxRunningTrials } });
  expect(await reason(waits)).toBeNull();
  await quota(0);
  const equalOnes = `its trials wait for equal ones of the sweep leases (${sweepId}): `;
  expect(await reason(waits)).toBe(`${equalOnes}the quota of project default lets no trial run: raise it`);
  // A pause of their sweep holds back none that a running sweep waits for.
  await db.sweep.update({ where: { id: sweepId }, data: { state: 'PAUSED' } });
  expect(await reason(waits)).toBe(`${equalOnes}the quota of project default lets no trial run: raise it`);
  await quota(null);
  expect(await reason(waits)).toBeNull();
  await db.trial.update({ where: { id: leader }, data: { state: 'RUNNING' } });
  await quota(0);
  expect(await reason(waits)).toBeNull();
  // A federation that waits for its clients has begun, whatever else is held back.
  await db.trial.update({ where: { id: leader }, data: { state: 'QUEUED' } });
  const third = uuidv7();
  await db.sweep.create({ data: { ...sweep, id: third, name: 'third', spec: {}, strategyState: {} } });
  const federation = uuidv7();
  const created = (fields: object) =>
    db.trial.create({ data: { ...Object.fromEntries(given), ...fields } as Prisma.TrialUncheckedCreateInput });
  await created({
    id: federation,
    sweepId: third,
    key: 'federation',
    state: 'PENDING',
    leaderId: null,
    awaits: { round: 0, clients: [] },
  });
  await created({ id: uuidv7(), ordinal: 99, key: 'federation', leaderId: federation });
  expect(await reason(waits)).toBeNull();
  await db.trial.update({ where: { id: federation }, data: { state: 'QUEUED' } });
  expect(await reason(waits)).toBe(`${equalOnes}the quota of project default lets no trial run: raise it`);
});

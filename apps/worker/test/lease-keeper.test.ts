import { claimTrial, expireLeases } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { LeaseKeeper } from '../src/trial/lease-keeper.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

it('keeps the lease of a trial that its worker took again when the earlier attempt ends, which is told', async () => {
  const { db, workerId } = fixture;
  const keeper = new LeaseKeeper({ db, leaseSeconds: 60, onTrouble: (error) => expect.unreachable(String(error)) });
  const trialId = await fixture.queued();
  const told: string[] = [];
  const held = async () => {
    const claimed = await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 60 });
    return keeper.hold(claimed!.lease, (standing) => told.push(`attempt ${claimed!.attempt} ${standing}`));
  };
  const first = await held();
  await db.trial.update({ where: { id: trialId }, data: { leaseExpiresAt: new Date(0) } });
  await expireLeases(db, { graceSeconds: 0 });
  const second = await held();
  expect(told).toEqual(['attempt 1 lost']);
  first.release();
  expect(keeper.trialIds).toEqual([trialId]);
  second.release();
  expect(keeper.trialIds).toEqual([]);
});

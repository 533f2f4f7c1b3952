import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { viewSweeps } from '../src/sweeps/sweep-view.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

async function reason(): Promise<string | null> {
  const sweep = await fixture.db.sweep.findUniqueOrThrow({ where: { id: fixture.sweepId } });
  const [view] = await viewSweeps(fixture.db, [{ ...sweep, exhausted: true } as never]);
  return view!.reason;
}

it('says that no live worker runs the engine of a sweep whose trials wait, until one of them runs', async () => {
  const { db, sweepId, workerId } = fixture;
  const trialId = await fixture.queued();
  expect(await reason()).toBeNull();
  await db.sweep.update({ where: { id: sweepId }, data: { engine: 'tensorflow' } });
  expect(await reason()).toBe(
    'no live worker runs tensorflow (but wasm): `rankforge engine list` says how to add it, and a worker has it from its next start on',
  );
  await db.worker.update({ where: { id: workerId }, data: { heartbeatAt: new Date(0) } });
  expect(await reason()).toBe('no worker is alive: `rankforge worker` starts one');
  await db.trial.update({ where: { id: trialId }, data: { state: 'RUNNING' } });
  expect(await reason()).toBeNull();
});

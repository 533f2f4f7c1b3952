import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { claimTrial, endAttempt, registerWorker } from '../src/index.js';

const hourMs = 3_600_000;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => fixture.close());

/** The clock of the worker from here on; that of the database stays as it is. */
function clockIsOff(byMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + byMs });
}

const identity = { name: 'late', host: 'h', pid: 1, version: '0', engines: ['wasm' as const], slots: 1, devices: [] };

it('a worker whose clock is an hour fast is dated by the database', async () => {
  const before = Date.now();
  clockIsOff(hourMs);
  const id = await registerWorker(fixture.db, identity);
  vi.useRealTimers();
  const row = await fixture.db.worker.findUniqueOrThrow({ where: { id } });
  for (const at of [row.startedAt, row.heartbeatAt]) expect(Math.abs(at.getTime() - before)).toBeLessThan(hourMs / 2);
});

it('an attempt given up by a worker whose clock is an hour slow ends after it began', async () => {
  const { db, workerId } = fixture;
  const trialId = await fixture.queued();
  const claimed = await claimTrial(db, { trialId, workerId, device: 'host', leaseSeconds: 30 });
  clockIsOff(-hourMs);
  const end = { outcome: 'lease-lost' as const, reason: 'lost', logTail: 'the end' };
  expect(await endAttempt(db, claimed!.lease, end)).toBe(true);
  expect(await endAttempt(db, claimed!.lease, end)).toBe(false);
  const attempt = await db.attempt.findFirstOrThrow({ where: { trialId } });
  expect(attempt).toMatchObject(end);
  expect(attempt.endedAt!.getTime()).toBeGreaterThanOrEqual(attempt.startedAt.getTime());
});

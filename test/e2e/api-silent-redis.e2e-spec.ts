import { claimTrial, registerWorker } from '@rankforge/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestApi, waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { submit, tinySweep, trainings } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
beforeAll(async () => {
  platform = await createTinyPlatform({ servers: 'own' });
  const { base } = platform;
  ({ api } = platform);
  await submit(platform, api, tinySweep(base, { seed: [0, 1] }));
});
afterAll(() => platform.stop());

it('leases run out while Redis is connected and does not answer', async () => {
  const { db, servers } = platform;
  const { id: sweepId } = await db.sweep.findFirstOrThrow();
  const [claimed] = await trainings(platform, sweepId);
  const workerId = await registerWorker(db, {
    name: 'gone',
    host: 'h',
    pid: 1,
    version: '0',
    engines: ['wasm'],
    slots: 1,
    devices: [],
  });
  const { pid } = servers!.redis;
  process.kill(pid, 'SIGSTOP');
  try {
    // The other trial is queued: the reconciler asks Redis for it, again and again, and gets no answer.
    const lease = { trialId: claimed!.id, workerId, device: 'host', leaseSeconds: 10 };
    expect(await claimTrial(db, lease)).toBeDefined();
    const expired = await waitFor('the lease to run out', async () => {
      const [trial] = await trainings(platform, sweepId);
      return trial?.state === 'QUEUED' ? trial : undefined;
    });
    expect(expired.attemptList).toMatchObject([{ outcome: 'lease-lost', reason: 'the lease ran out' }]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

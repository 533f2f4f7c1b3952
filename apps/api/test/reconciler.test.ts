/** @file Wake-ups that Redis lost, found by the reconciler in a real Redis and PostgreSQL. */
import { queueName, wakeUpJobId } from '@rankforge/contracts';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createRedisUrl } from '../../../test/support/databases.js';
import { partOf } from '../../../test/support/part-of.js';
import { type Fixture, openFixture } from '../../../test/support/trials.js';
import { waitFor } from '../../../test/support/wait-for.js';
import type { ApiSettings } from '../src/platform/env.js';
import { TrialQueues } from '../src/platform/queues.js';
import { Reconciler } from '../src/scheduling/reconciler.js';

const trials = 600;
const taken = 20;
const queue = queueName('wasm', 64);

class Rounds extends Reconciler {
  override round(): Promise<void> {
    return super.round();
  }
}

let fixture: Fixture;
let redis: Redis;
let queues: TrialQueues;
let worker: Worker;
let rounds: Rounds;
let ids: string[];

beforeAll(async () => {
  fixture = await openFixture();
  const redisUrl = await createRedisUrl();
  const settings = partOf<ApiSettings>({ redisUrl, queuePrefix: 'test', artifactDir: '/nowhere' });
  redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  queues = new TrialQueues(settings);
  rounds = new Rounds(fixture.db, settings, queues);
  worker = new Worker(queue, null, { connection: redis, prefix: 'test' });
  ids = await Promise.all(Array.from({ length: trials }, () => fixture.queued()));
  await fixture.db.trial.updateMany({ data: { queuedAt: new Date(Date.now() - 60_000) } });
  await waitFor('Redis to be connected', () =>
    queues.probe().then(
      () => true,
      () => false,
    ),
  );
});
afterAll(async () => {
  await worker.close();
  await queues.beforeApplicationShutdown();
  redis.disconnect();
  await fixture.close();
});

/** Trials whose wake-ups a round put on their queue. */
async function readded(): Promise<string[]> {
  const add = vi.spyOn(queues, 'add');
  await rounds.round();
  const added = add.mock.calls.flatMap(([wakeUps]) => wakeUps.map(({ trialId }) => trialId));
  add.mockRestore();
  return added.sort();
}

it('fills a queue that Redis does not have', async () => {
  expect(await readded()).toEqual([...ids].sort());
  expect(await queues.waiting(queue)).toBe(trials);
});

it('adds nothing again while workers hold wake-ups of trials that they have not claimed', async () => {
  const held = await Promise.all(Array.from({ length: taken }, () => worker.getNextJob('a worker')));
  expect(held.map((job) => typeof job?.id)).toEqual(Array(taken).fill('string'));
  expect(await queues.waiting(queue)).toBe(trials - taken);
  expect(await readded()).toEqual([]);
});

it('adds only the wake-ups that are missing', async () => {
  const lost = ids.slice(-7);
  const cut = new Queue(queue, { connection: redis, prefix: 'test' });
  for (const id of lost) await cut.remove(wakeUpJobId(id, 0));
  expect(await readded()).toEqual(lost.sort());
  expect(await queues.waiting(queue)).toBe(trials - taken);
});

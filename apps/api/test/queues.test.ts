/** @file Queues of wake-ups on a real Redis. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRedisUrl } from '../../../test/support/databases.js';
import { partOf } from '../../../test/support/part-of.js';
import { waitFor } from '../../../test/support/wait-for.js';
import type { ApiSettings } from '../src/platform/env.js';
import { TrialQueues } from '../src/platform/queues.js';

/** Milliseconds that each direction takes, as to a Redis in another city. */
const oneWayMs = 5;
const queuePrefix = 'test';

let far: Server;
let sockets: Socket[];
let queues: TrialQueues;
let redis: Redis;

beforeEach(async () => {
  const url = new URL(await createRedisUrl());
  redis = new Redis(url.href, { maxRetriesPerRequest: null });
  const target = { port: Number(url.port), host: url.hostname };
  sockets = [];
  far = createServer((near) => {
    const server = connect(target);
    sockets.push(near, server);
    const carry = (from: Socket, to: Socket) =>
      from.on('data', (data) => void sleep(oneWayMs).then(() => to.writable && to.write(data)));
    carry(near, server);
    carry(server, near);
  });
  await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
  url.port = String((far.address() as { port: number }).port);
  queues = new TrialQueues(partOf<ApiSettings>({ redisUrl: url.href, queuePrefix }));
  await waitFor('Redis to answer', () =>
    queues.probe().then(
      () => true,
      () => false,
    ),
  );
});
afterEach(async () => {
  await queues.beforeApplicationShutdown();
  redis.disconnect();
  for (const socket of sockets) socket.destroy();
  far.close();
});

it('moves a thousand wake-ups to their priority within a transaction, on a Redis that is far away', async () => {
  const wakeUps = Array.from({ length: 1000 }, (_, index) => ({
    queue: 'q',
    jobId: `job-${index}`,
    trialId: `trial-${index}`,
    priority: 1000 + index,
  }));
  await queues.add(wakeUps);
  const started = performance.now();
  await queues.prioritize([
    ...wakeUps.map((wakeUp) => ({ ...wakeUp, priority: 5000 - wakeUp.priority })),
    { queue: 'q', jobId: 'taken by a worker', trialId: 'none', priority: 1 },
  ]);
  expect(performance.now() - started).toBeLessThan(5000);
  const queue = new Queue('q', { connection: redis, prefix: queuePrefix });
  const jobs = await queue.getJobs('prioritized');
  expect(jobs).toHaveLength(1000);
  for (const { id, priority } of jobs) expect(priority).toBe(4000 - Number(id!.slice('job-'.length)));
  await queue.close();
});

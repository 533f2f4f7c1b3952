/** @file Which wake-ups a worker takes, on a real Redis, with a clock that the tests set forward. */
import { MIB, queueName, type WakeUp, wakeUpName } from '@rankforge/contracts';
import { Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { createRedisUrl } from '../../../test/support/databases.js';
import { waitFor } from '../../../test/support/index.js';
import { partOf } from '../../../test/support/part-of.js';
import { DeviceLedger, type Reservation } from '../src/device/ledger.js';
import type { Site } from '../src/device/watch.js';
import { WakeUps } from '../src/wake-ups.js';

const patienceMs = 60_000;
const prefix = 'test';
const [smallMiB, largeMiB] = [64, 256];

let redis: Redis;
let ledger: DeviceLedger;
let wakeUps: WakeUps;
let queues: Record<'small' | 'large', Queue<WakeUp>>;
/** Wake-ups that have begun, in their order. */
let begun: string[];
let aheadMs: number;

beforeEach(async () => {
  const redisUrl = await createRedisUrl();
  redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const open = (classMiB: number) =>
    new Queue<WakeUp>(queueName('wasm', classMiB), { connection: redis, prefix, skipVersionCheck: true });
  queues = { small: open(smallMiB), large: open(largeMiB) };
  begun = [];
  aheadMs = 0;
  const [now, date] = [performance.now.bind(performance), Date.now];
  vi.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
  vi.spyOn(Date, 'now').mockImplementation(() => date() + aheadMs);
  ledger = new DeviceLedger({ bytes: 300 * MIB, slots: 3, patienceMs });
  wakeUps = new WakeUps({
    redisUrl,
    prefix,
    engines: ['wasm'],
    holds: [],
    sites: [partOf<Site>({ device: { id: 'host', kind: 'host' }, ledger })],
    handle: async (_, { room }) => {
      begun.push(room.bytes === largeMiB * MIB ? 'large' : 'small');
      return 'done';
    },
    logger: pino({ level: 'silent' }),
    waitForRoomMs: 50,
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await wakeUps.close(10_000);
  await Promise.all(Object.values(queues).map((queue) => queue.close()));
  redis.disconnect();
});

const add = (size: 'small' | 'large') => queues[size].add(wakeUpName, { trialId: uuidv7() });

/** Fills the device so that small ones fit beside it and large ones do not, until large ones are not asked for any more. */
async function fill(): Promise<Reservation> {
  const pause = vi.spyOn(Worker.prototype, 'pause');
  const room = await ledger.reserve(200 * MIB, { timeoutMs: 0 });
  const { name } = queues.large;
  const isOfLarge = (paused: unknown) => paused instanceof Worker && paused.name === name;
  await waitFor('large ones to be left to others', () => pause.mock.contexts.some(isOfLarge));
  return room!;
}

/** Sets both clocks forward, and has the device look again who may begin. */
async function pass(ms: number): Promise<void> {
  aheadMs += ms;
  (await ledger.reserve(1, { timeoutMs: 0 }))?.release();
}

const turnedAway = (moved: MockInstance) => waitFor('it to be turned away', () => moved.mock.calls.length > 0);

it('lets a small one pass a large one that has just come, though for hours none would have fitted', async () => {
  const room = await fill();
  await pass(3 * 3_600_000);
  const moved = vi.spyOn(Job.prototype, 'moveToWait');
  await add('large');
  await turnedAway(moved);
  await add('small');
  await waitFor('the small one', () => begun.length === 1);
  room.release();
  await waitFor('the large one', () => begun.length === 2);
  expect(begun).toEqual(['small', 'large']);
});

it('drains the device for a large one that was turned away and has waited for long enough', async () => {
  const room = await fill();
  await pass(patienceMs);
  const moved = vi.spyOn(Job.prototype, 'moveToWait');
  await add('large');
  await turnedAway(moved);
  await pass(patienceMs);
  await waitFor('the device to drain', () => !ledger.listens(smallMiB * MIB, undefined));
  await add('small');
  room.release();
  await waitFor('both', () => begun.length === 2);
  expect(begun).toEqual(['large', 'small']);
});

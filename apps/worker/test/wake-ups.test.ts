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

/** Does something and waits until large ones are then left to other workers. */
async function leaveLarge(act: () => Promise<unknown>): Promise<Worker> {
  const pause = vi.spyOn(Worker.prototype, 'pause').mockClear();
  await act();
  const isOfLarge = (paused: unknown): paused is Worker =>
    paused instanceof Worker && paused.name === queues.large.name;
  await waitFor('large ones to be left to others', () => pause.mock.contexts.some(isOfLarge));
  return pause.mock.contexts.find(isOfLarge)!;
}

/** Fills the device so that small ones fit beside it and large ones do not. */
async function fill(): Promise<{ room: Reservation; listener: Worker }> {
  let room: Reservation | undefined;
  const listener = await leaveLarge(async () => {
    room = await ledger.reserve(200 * MIB, { timeoutMs: 0 });
  });
  return { room: room!, listener };
}

/** Sets both clocks forward, and has the device look again who may begin. */
async function pass(ms: number): Promise<void> {
  aheadMs += ms;
  (await ledger.reserve(1, { timeoutMs: 0 }))?.release();
}

const turnedAway = (moved: MockInstance) => waitFor('it to be turned away', () => moved.mock.calls.length > 0);

it('lets a small one pass a large one that has just come, though for hours none would have fitted', async () => {
  const { room } = await fill();
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
  const { room } = await fill();
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

it('counts the whole wait of a large one though its queue looks empty while it is put back', async () => {
  const { room, listener } = await fill();
  await pass(patienceMs);
  const { moveToWait } = Job.prototype;
  let isFirst = true;
  vi.spyOn(Job.prototype, 'moveToWait').mockImplementation(async function (this: Job, token) {
    const result = await moveToWait.call(this, token);
    // BullMQ says so whenever one slot finds nothing, also where another has the only wake-up in hand.
    listener.emit('drained');
    if (!isFirst) return result;
    isFirst = false;
    await pass(patienceMs);
    return result;
  });
  await add('large');
  await waitFor('the device to drain', () => !ledger.listens(smallMiB * MIB, undefined));
  await add('small');
  room.release();
  await waitFor('both', () => begun.length === 2);
  expect(begun).toEqual(['large', 'small']);
});

it('leaves large ones to other workers again after another has taken the one that waited', async () => {
  const { listener } = await fill();
  await pass(patienceMs);
  const moved = vi.spyOn(Job.prototype, 'moveToWait');
  await leaveLarge(() => add('large'));
  await turnedAway(moved);
  const other = new Worker(queues.large.name, undefined, { connection: redis, prefix, autorun: false });
  await waitFor(
    'another worker to take it',
    async () => (await other.getNextJob(`${other.id}:0`, { block: false })) !== undefined,
  );
  await pass(patienceMs);
  expect(listener.isPaused()).toBe(false);
  await leaveLarge(() => add('large'));
  expect(begun).toEqual([]);
  expect(ledger.listens(smallMiB * MIB, undefined)).toBe(true);
  await other.close();
});

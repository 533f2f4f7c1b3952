/** @file A worker on a machine with NVIDIA cards: each card is a place of its own, and its trainings see no other. */
import { readFile } from 'node:fs/promises';
import type { DeviceView, WorkerList } from '@rankforge/contracts';
import getPort from 'get-port';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cards, createCards, type Given, uuidOf } from '../support/cards.js';
import { casesOf } from '../support/full.js';
import { type TestApi, waitFor } from '../support/index.js';
import { createTinyPlatform, type TinyPlatform } from '../support/tiny-platform.js';
import { expectSoundHistories, submit, tinySweep, trainings, untilCompleted } from './worker-sweeps.js';

let platform: TinyPlatform;
let api: TestApi;
let cards: Cards;
let worker: Awaited<ReturnType<TinyPlatform['startWorker']>>;

beforeAll(async () => {
  platform = await createTinyPlatform();
  ({ api } = platform);
  cards = await createCards([]);
  await cards.addEngine(platform.dataDir);
});
afterAll(async () => {
  await expectSoundHistories(platform);
  await platform.stop();
  await cards.remove();
});

const environment = () => ({
  ...cards.env,
  RANKFORGE_ENGINES: 'wasm,tensorflow',
  RANKFORGE_WORKER_SLOTS: '1',
  RANKFORGE_PACK_SIZE: '1',
});

const startWorker = async (env: NodeJS.ProcessEnv = {}) => {
  worker = await platform.startWorker({ ...environment(), ...env });
};

async function devices(): Promise<DeviceView[]> {
  const response = await platform.request(api, '/v1/workers');
  const { workers } = (await response.json()) as WorkerList;
  return workers.find(({ state }) => state === 'live')?.devices ?? [];
}

const sweepOf = (seeds: number, steps: number, retries = 2) =>
  submit(
    platform,
    api,
    tinySweep(platform.base, {
      engine: 'tensorflow',
      reuse: false,
      retries,
      seed: Array.from({ length: seeds }, (_, seed) => seed),
      training: { steps, batchSize: 4, sequenceLength: 16, checkpointEvery: 10 },
    }),
  );

/** What processes were given as the cards they see, each once. */
const seenBy = (given: readonly Given[]) => [...new Set(given.map(({ visible }) => visible))].sort();

/** Device of the last attempt of each training. */
const devicesOf = async (sweepId: string) =>
  (await trainings(platform, sweepId)).map(({ attemptList }) => attemptList.at(-1)?.device);

const machines = [
  { title: 'no card', listed: [], expected: ['host'] },
  { title: '8 cards', listed: Array.from({ length: 8 }, (_, index) => ({ index })), expected: undefined },
  {
    title: 'a card in 2 slices beside a whole one',
    listed: [
      {
        index: 0,
        slices: [
          { index: 0, totalMiB: 9_728 },
          { index: 1, totalMiB: 9_728 },
        ],
      },
      { index: 1 },
    ],
    expected: ['cuda:0:0', 'cuda:0:1', 'cuda:1'],
  },
];
/** Each card is asked by a process of its own, which eight make dear. */
const chosen = casesOf('machines with cards', machines, [machines[0]!, machines[2]!]);

describe.each(chosen)('a machine with $title', ({ listed, expected = listed.map(({ index }) => `cuda:${index}`) }) => {
  let asked: Given[];
  beforeEach(async () => {
    const before = (await cards.given()).length;
    await cards.list(listed);
    await startWorker();
    asked = (await cards.given()).slice(before);
    return () => worker.stop();
  });

  it('trains on each of them by itself, in processes that see no other', async () => {
    const before = (await cards.given()).length;
    const places = (await devices()).filter(({ engines }) => engines?.includes('tensorflow'));
    expect(places.map(({ id }) => id).sort()).toEqual(expected);
    // The engine was asked once on each card.
    expect(seenBy(asked)).toEqual(places.flatMap(({ uuid }) => uuid ?? []).sort());
    const trials = Math.min(3, expected.length);
    const sweepId = await sweepOf(trials, 12);
    await untilCompleted(platform, sweepId);
    const used = await devicesOf(sweepId);
    expect(new Set(used).size).toBe(trials);
    const given = (await cards.given()).slice(before);
    const uuidsUsed = places.filter(({ id }) => used.includes(id)).map(({ uuid }) => uuid ?? '');
    expect(seenBy(given)).toEqual(expect.arrayContaining(uuidsUsed));
    expect(seenBy(given).filter((visible) => !places.some(({ uuid = '' }) => uuid === visible))).toEqual([]);
    expect(given.map(({ growth }) => growth)).toEqual(given.map(() => 'true'));
  });
});

describe('a machine with two cards', () => {
  beforeEach(async () => {
    await cards.list([{ index: 0 }, { index: 1 }]);
    await startWorker();
    return () => worker.stop();
  });

  it('loses the training of a card that disappears, and no other', async () => {
    // Long enough that the card is missed before they end.
    const sweepId = await sweepOf(2, 1200);
    await waitFor('both to train', async () => (await trainings(platform, sweepId)).every(({ step }) => step > 0));
    await cards.list([{ index: 0 }]);
    await untilCompleted(platform, sweepId);
    const attempts = (await trainings(platform, sweepId)).map(({ attemptList }) =>
      attemptList.map(({ device, outcome, reason }) => ({ device, outcome, reason })),
    );
    const whole = { device: 'cuda:0', outcome: 'succeeded', reason: null };
    const gone = 'cuda:1 (NVIDIA L4): nvidia-smi does not list it any more';
    expect(attempts.sort((a, b) => a.length - b.length)).toEqual([
      [whole],
      [{ device: 'cuda:1', outcome: 'child-died', reason: gone }, whole],
    ]);
    const shown = async () => (await devices()).find(({ id }) => id === 'cuda:1');
    expect(await shown()).toMatchObject({ capacityBytes: 0, trouble: 'nvidia-smi does not list it any more' });
    await cards.list([{ index: 0 }, { index: 1 }]);
    await expect.poll(async () => (await shown())?.trouble).toBeUndefined();
    expect((await shown())?.capacityBytes).toBeGreaterThan(0);
  });

  it('tries a training again that was given a card and came to compute elsewhere', async () => {
    await cards.work(false);
    const sweepId = await sweepOf(1, 12, 10);
    const attempts = async () => (await trainings(platform, sweepId))[0]!.attemptList;
    await waitFor('a first attempt to end', async () => (await attempts())[0]?.outcome);
    await cards.work(true);
    await untilCompleted(platform, sweepId);
    const [first, last] = [(await attempts())[0], (await attempts()).at(-1)];
    const logTail = expect.stringContaining(
      'engine tensorflow computes on libtensorflow on the CPU, and was given a card',
    );
    expect(first).toMatchObject({ outcome: 'child-died', logTail });
    expect(last).toMatchObject({ outcome: 'succeeded' });
  });

  it('begins nothing on a card that others fill, or while the driver does not answer', async () => {
    const other = { pid: 999_999, name: 'python3', usedMiB: 23_034 };
    await cards.list([{ index: 0 }, { index: 1, usedMiB: 23_034, processes: [other] }]);
    await expect.poll(async () => (await devices()).find(({ id }) => id === 'cuda:1')?.capacityBytes).toBe(0);
    const beside = await sweepOf(2, 12);
    await untilCompleted(platform, beside);
    expect(await devicesOf(beside)).toEqual(['cuda:0', 'cuda:0']);

    await cards.fail({
      says: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
      status: 9,
    });
    const troubles = async () => (await devices()).map(({ trouble }) => trouble);
    const silent = 'nvidia-smi does not answer';
    await expect.poll(troubles).toEqual([undefined, silent, silent]);
    const waiting = await sweepOf(1, 12);
    await cards.fail(undefined);
    await untilCompleted(platform, waiting);
    expect(await devicesOf(waiting)).toEqual(['cuda:0']);
  });
});

it('leaves the cards alone that its own environment hides', async () => {
  await cards.list([{ index: 0 }, { index: 1 }]);
  await startWorker({ CUDA_VISIBLE_DEVICES: uuidOf(1).slice(0, 12) });
  expect((await devices()).map(({ id }) => id)).toEqual(['host', 'cuda:1']);
  await worker.stop();
});

it('waits for a driver that does not answer at the start, and says meanwhile that it lives', async () => {
  await cards.list([{ index: 0 }]);
  await cards.fail('silence');
  const port = await getPort();
  const waiting = await platform.launchWorker({ ...environment(), RANKFORGE_WORKER_METRICS_PORT: String(port) });
  const log = () => readFile(waiting.logFile, 'utf8');
  await waitFor('the worker to say that it waits', async () => (await log()).includes('it is asked again'));
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
  expect(await devices()).toEqual([]);
  await cards.fail(undefined);
  await waitFor('the worker to register', async () => (await devices()).length > 0);
  expect((await devices()).map(({ id, engines }) => [id, engines])).toEqual([
    ['host', ['wasm']],
    ['cuda:0', ['tensorflow']],
  ]);
  await waiting.stop();
});

/** @file What a trainer keeps from one trial to the next, on a base of drawn weights. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBase } from '@rankforge/bases';
import { ArtifactStore } from '@rankforge/db';
import { findTask } from '@rankforge/tasks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { writeTinyBase } from '../../../test/support/tiny-base.js';
import { memory, spec } from '../../../test/support/trials.js';
import { execute } from '../src/trainer/execute.js';
import type { Tools } from '../src/trainer/kinds/kind.js';
import { Session } from '../src/trainer/session.js';
import type { Order } from '../src/trial/executor.js';

let folder: string;
let base: string;
let store: ArtifactStore;
let names: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-session-'));
  base = await writeTinyBase(join(folder, 'models'));
  store = new ArtifactStore(join(folder, 'artifacts'));
  await store.prepare();
  names = await Promise.all(['sea', 'ship', 'whale', 'crew'].map(dataset));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A data set of a few lines, as an import leaves it. */
async function dataset(word: string): Promise<string> {
  const head = { format: 'rankforge-dataset-1', objective: 'language-modelling' };
  const lines = ['train', 'validation', 'test'].map((split, i) => ({
    split,
    row: `line ${i + 1}`,
    text: `the ${word} was calm `.repeat(8),
  }));
  const { sha256 } = await store.put(Buffer.from([head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('')));
  return sha256;
}

const opened = () => new Session(join(folder, 'models'), store);
const specOf = (place: number) => ({
  ...spec,
  base,
  task: `dataset:${place}`,
  dataset: names[place]!,
  training: { ...spec.training, sequenceLength: 16 },
});
const prepared = (session: Session, place: number) => session.prepare({ spec: specOf(place) });

async function readOthers(session: Session): Promise<void> {
  for (const place of [1, 2, 3]) (await prepared(session, place)).release();
}

it('keeps the data of the last two tasks, and reads that of an earlier one again', async () => {
  const session = opened();
  const first = await prepared(session, 0);
  first.release();
  const second = await prepared(session, 1);
  second.release();
  const firstAgain = await prepared(session, 0);
  firstAgain.release();
  expect(firstAgain.data).toBe(first.data);
  (await prepared(session, 2)).release();
  const kept = await prepared(session, 0);
  kept.release();
  expect(kept.data).toBe(first.data);
  expect((await prepared(session, 1)).data).not.toBe(second.data);
});

it('keeps the data of a trial in progress, whatever others read meanwhile', async () => {
  const session = opened();
  const [one, beside] = [await prepared(session, 0), await prepared(session, 0)];
  expect(beside.data).toBe(one.data);
  one.release();
  await readOthers(session);
  const third = await prepared(session, 0);
  expect(third.data).toBe(one.data);
  third.release();
  beside.release();
  await readOthers(session);
  expect((await prepared(session, 0)).data).not.toBe(one.data);
});

it('lets the data of a trial go that has failed', async () => {
  const session = opened();
  const first = await prepared(session, 0);
  first.release();
  const order: Order = {
    trialId: 'trial',
    kind: 'train',
    budgetBytes: 2 ** 30,
    predicted: memory,
    checkpoints: [],
    spec: { ...specOf(0), method: 'unheard-of' },
  };
  const tools: Tools = {
    ...partOf<Tools>({}),
    session,
    store,
    reports: partOf<Tools['reports']>({ log: () => undefined }),
    signal: new AbortController().signal,
    signs: { stepped: () => undefined, other: () => undefined },
    patienceMs: 0,
  };
  expect(await execute(order, tools)).toMatchObject({ kind: 'failed', reason: expect.stringContaining('unheard-of') });
  await readOthers(session);
  expect((await prepared(session, 0)).data).not.toBe(first.data);
});

it('reads the digest of a base again after it could not be read', async () => {
  const { baseSha256, release } = await prepared(opened(), 0);
  release();
  const file = join(folder, 'models', base, 'tokenizer.json');
  await rename(file, `${file}.away`);
  await expect(baseSha256()).rejects.toThrow(base);
  await rename(`${file}.away`, file);
  expect(await baseSha256()).toMatch(/^[0-9a-f]{64}$/);
});

it('trains no base that took the place of another: it opens the one a sweep was planned on, and refuses where that is gone', async () => {
  const session = opened();
  const order = (baseSha256: string) => ({ spec: specOf(0), baseSha256 });
  const weights = async (baseSha256: string) => {
    const { model, release } = await session.prepare(order(baseSha256));
    release();
    return model;
  };
  const models = join(folder, 'models');
  const { sha256: before } = await readBase(join(models, base), base);
  const first = await weights(before);
  expect(await weights(before)).toBe(first);
  await rename(join(models, base), join(models, 'before'));
  await writeTinyBase(models, undefined, { name: base, width: 16, layers: 1 });
  const { sha256: after } = await readBase(join(models, base), base);
  // The one that is open serves its own sweep to the end.
  expect(await weights(before)).toBe(first);
  expect((await weights(after)).config.width).toBe(16);
  await expect(session.prepare(order(before))).rejects.toThrow(
    /^the base model tiny was changed since the sweep was made: put its folder back and retry/,
  );
  await rm(join(models, base), { recursive: true });
  await rename(join(models, 'before'), join(models, base));
  expect((await weights(before)).config.width).toBe(32);
});

it('names the prepared data of a built-in task in what is kept for other processes', async () => {
  const session = opened();
  const training = { ...spec.training, sequenceLength: 16 };
  const found = await session.prepare({ spec: { ...spec, base, training } });
  found.release();
  expect(await found.identity()).toContain(findTask(spec.task)!.dataHash);
});

it('refuses a trial on another version of the data of a built-in task than it has', async () => {
  const session = opened();
  const older = session.prepare({ spec: { ...spec, base, task: 'spam-assassin' } });
  await expect(older).rejects.toThrow(
    'the trial is on the first version of the data of spam-assassin, and this worker has version 2',
  );
  const newer = session.prepare({ spec: { ...spec, base, dataVersion: 2 } });
  await expect(newer).rejects.toThrow(
    'the trial is on version 2 of the data of moby-dick, and this worker has the first version',
  );
});

it('refuses a trial on other versions of the numbers of its parts than it computes', async () => {
  const session = opened();
  const methodConfig = { rank: 2 };
  const older = session.prepare({ spec: { ...specOf(0), method: 'relora', methodConfig } });
  await expect(older).rejects.toThrow(
    'the trial is of version 1 of the numbers of its method, and this worker computes version 2: clone its sweep, or run a worker',
  );
  const newer = session.prepare({ spec: { ...specOf(0), numbers: { optimizer: 3 } } });
  await expect(newer).rejects.toThrow(
    'of version 3 of the numbers of its optimizer, and this worker computes version 1',
  );
  const same = await session.prepare({
    spec: { ...specOf(0), method: 'relora', methodConfig, numbers: { method: 2 } },
  });
  same.release();
});

it('refuses a trial whose conversations were laid out by another chat template than it has', async () => {
  const chat = { template: 'lines', sha256: '0'.repeat(64) } as const;
  await expect(opened().prepare({ spec: { ...spec, base, chat } })).rejects.toThrow(
    `the chat template of the base model ${base} was changed since the sweep was made`,
  );
  const { template: _, ...own } = chat;
  await expect(opened().prepare({ spec: { ...spec, base, chat: own } })).rejects.toThrow('brings no chat template');
});

it('ends texts by the tokens that a trial names, of which it learns the first', async () => {
  const session = opened();
  const offers = { ...spec, base, task: 'fictitious-offers', dataVersion: 2 };
  const training = { ...spec.training, sequenceLength: 63 };
  const named = await session.prepare({ spec: { ...offers, training, ends: [4, 3, 5] } });
  named.release();
  expect(named.data.writing).toMatchObject({ end: 4, ends: [4, 3, 5] });
  const unnamed = await session.prepare({ spec: { ...offers, training } });
  unnamed.release();
  // This base names no end of its own: an answer ends with its line.
  const [line] = unnamed.tokenizer.encode('a\n').slice(-1);
  expect(unnamed.data.writing).toMatchObject({ end: line });
  expect(unnamed.data.writing!.ends).toBeUndefined();
});

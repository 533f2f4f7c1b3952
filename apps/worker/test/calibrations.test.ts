/** @file Calibrations on disk: what is damaged, too large or unwritable costs a pass and no trial; those of real processes are made once. */
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ArtifactStore } from '@rankforge/db';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeTinyBase } from '../../../test/support/tiny-base.js';
import { memory, spec as someSpec } from '../../../test/support/trials.js';
import { CalibrationCache } from '../src/trainer/calibration-cache.js';
import { childEnvironment } from '../src/trainer/messages.js';
import { PassReservations } from '../src/trainer/pass-reservations.js';
import { TrainerPool } from '../src/trainer/pool.js';
import type { Order, Reports } from '../src/trial/executor.js';
import { smallDataset } from './support/small-dataset.js';

let folder: string;
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-calibrations-'));
  lines = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cache = (mostBytes = 1000, at = folder) =>
  new CalibrationCache({
    folder: at,
    mostBytes,
    log: (line) => lines.push(line),
    reserve: async () => () => undefined,
  });
const bytes = (value: number, length = 300) => new Uint8Array(length).fill(value);

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('the cache', () => {
  it('gives another one of the same folder what was written', async () => {
    await cache().write('a', bytes(1).subarray(10));
    expect(await cache().read('a')).toEqual(Buffer.from(bytes(1, 290)));
    expect(await cache().read('b')).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it('stays within its bytes: the oldest go', async () => {
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) {
      await cache().write(key, bytes(index));
      await setTimeout(2); // the age of an entry is in milliseconds
    }
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache().read(key)));
    expect(kept.map((read) => read?.[0])).toEqual([undefined, 1, 2, 3]);
    await cache().write('too large', bytes(1, 1001));
    expect(await cache().read('too large')).toBeUndefined();
    expect((await cache().read('d'))?.[0]).toBe(3);
  });

  it('leaves no file of those that went', async () => {
    for (let index = 0; index < 50; index++) await cache(650).write(`key ${index}`, bytes(index));
    const files = await filesBelow(folder);
    expect(files.filter((path) => path.includes('index-v5'))).toHaveLength(2);
    expect(files.filter((path) => path.includes('content-v2'))).toHaveLength(2);
  });

  it('says what is damaged, gives nothing of it, and takes it anew', async () => {
    await cache().write('a', bytes(1));
    const [content] = (await filesBelow(folder)).filter((path) => path.includes('content-'));
    await writeFile(content!, bytes(2));
    expect(await cache().read('a')).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(/^a kept calibration cannot be read \(.*integrity.*\); it is made/i)]);
    await cache().write('a', bytes(1));
    expect(await cache().read('a')).toEqual(Buffer.from(bytes(1)));
  });

  it('says where it cannot write', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await cache(1000, file).write('a', bytes(1));
    expect(lines).toEqual([expect.stringMatching(/^the calibration is not kept for other trials \(.+\)$/)]);
  });
});

describe('a reservation', () => {
  const at = (path = folder) => new PassReservations({ folder: path, staleMs: 2000 });
  const held = (key: string, until = new AbortController(), reservations = at()) => {
    const hold = reservations.hold({ key, until: until.signal, log: (line) => lines.push(line) });
    return { hold, giveBack: () => until.abort() };
  };

  it('is of one at a time, and of its own pass alone', async () => {
    const order: string[] = [];
    const first = held('a');
    await first.hold;
    const second = held('a');
    const seconds = second.hold.then(() => order.push('second'));
    await held('b').hold;
    order.push('another pass');
    await expect.poll(() => lines).toEqual(['another process makes this calibration; waiting for it']);
    first.giveBack();
    await seconds;
    expect(order).toEqual(['another pass', 'second']);
    second.giveBack();
  });

  it('outlives its time while its holder lives, and is taken over from one that is gone', async () => {
    const first = held('a');
    await first.hold;
    const [reservation] = await readdir(folder);
    const longAgo = new Date(Date.now() - 60_000);
    const gone = join(folder, 'gone');
    await mkdir(gone);
    await mkdir(join(gone, reservation!));
    await utimes(join(gone, reservation!), longAgo, longAgo);
    await held('a', new AbortController(), at(gone)).hold;
    const second = held('a');
    expect(await Promise.race([second.hold.then(() => 'taken'), setTimeout(3000, 'waits')])).toBe('waits');
    first.giveBack();
    await second.hold;
    second.giveBack();
  });

  it('keeps nobody waiting where the folder takes none', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await held('a', new AbortController(), at(file)).hold;
    expect(lines).toEqual([
      expect.stringMatching(/^the calibration is not reserved \(.+\): another process may make it/),
    ]);
  });

  it('is waited for no longer than told', async () => {
    const first = held('a');
    await first.hold;
    const second = held('a');
    second.giveBack();
    await second.hold;
    first.giveBack();
    await expect.poll(() => readdir(folder)).toEqual([]);
    // Told at every moment of taking it: none is kept.
    for (let moments = 0; moments < 40; moments++) {
      const next = held('a');
      for (let moment = 0; moment < moments; moment++) await setImmediate();
      next.giveBack();
      await next.hold;
      await expect.poll(() => readdir(folder), { message: `after ${moments} moments` }).toEqual([]);
    }
  });
});

const script = fileURLToPath(new URL('../dist/trainer/child.bundle.js', import.meta.url));

describe('processes of their own', () => {
  let base: string;
  let data: Awaited<ReturnType<typeof smallDataset>>;
  /** By all of them. */
  let said: string[];
  beforeEach(async () => {
    base = await writeTinyBase(join(folder, 'models'));
    const store = new ArtifactStore(join(folder, 'artifacts'));
    await store.prepare();
    data = await smallDataset(store);
    said = [];
  });
  const says = (pattern: RegExp, times = 1) =>
    expect.poll(() => said.filter((line) => pattern.test(line)).length).toBe(times);

  /** As a worker of its own: what it shares with others is the folder. */
  function someWorker() {
    const env = childEnvironment({
      artifactDir: join(folder, 'artifacts'),
      modelsDir: join(folder, 'models'),
      calibrations: { folder: join(folder, 'calibrations'), mostBytes: 2 ** 24 },
    });
    const passes = new PassReservations({ folder: join(folder, 'calibrations', 'reservations') });
    return new TrainerPool({ script, env, stopWithinMs: 30_000, passes });
  }

  const orderOf = (calibrationBatches: number): Order => ({
    trialId: 'trial',
    kind: 'train',
    budgetBytes: 2 ** 29,
    predicted: memory,
    checkpoints: [],
    spec: {
      ...someSpec,
      ...data,
      base,
      method: 'lora-ga',
      methodConfig: { rank: 2, calibrationBatches },
      training: { ...someSpec.training, steps: 2, sequenceLength: 32 },
    },
  });

  /** More batches than a test waits for. */
  const many = 1_000_000;

  async function trained(pool: TrainerPool, { batches = 4, signal = new AbortController().signal } = {}) {
    const log: string[] = [];
    const nothing = () => undefined;
    const reports: Reports = {
      resumed: nothing,
      progress: nothing,
      checkpoint: nothing,
      forAdministrators: nothing,
      log(line) {
        log.push(line);
        said.push(line);
      },
    };
    const ended = await pool.run(orderOf(batches), reports, signal);
    await pool.close();
    const result = ended.kind === 'succeeded' ? { adapter: ended.adapter, validation: ended.result.validation } : ended;
    return { ended: ended.kind, result, log: log.join('\n') };
  }

  const made = /^calibrating on \d+ batches before the first step$/m;
  const taken = /^an earlier trial's calibration serves this one; its \d+\.\d s count here$/m;

  it('serves a trial of another process: the same adapter, and its time counts', async () => {
    const first = await trained(someWorker());
    const second = await trained(someWorker());
    expect(first.log).toMatch(made);
    expect(second.log).toMatch(taken);
    expect(second.log).not.toMatch(made);
    expect(first.ended).toBe('succeeded');
    expect(second.result).toEqual(first.result);
  });

  it('is made once where several begin it at the same moment', async () => {
    // Long enough for the others to begin meanwhile.
    const trials = await Promise.all([1, 2, 3].map(() => trained(someWorker(), { batches: 100 })));
    expect(trials.map(({ ended }) => ended)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(trials.filter(({ log }) => made.test(log))).toHaveLength(1);
    expect(trials.filter(({ log }) => taken.test(log))).toHaveLength(2);
    for (const { result } of trials) expect(result).toEqual(trials[0]!.result);
  });

  it('is made by the next in line when the one that makes it is killed', async () => {
    const pool = someWorker();
    const killed = trained(pool, { batches: many });
    await says(made);
    const stop = new AbortController();
    const next = trained(someWorker(), { batches: many, signal: stop.signal });
    await says(/^another process makes this calibration; waiting for it$/m);
    for (const pid of pool.pids) process.kill(pid, 'SIGKILL');
    expect((await killed).ended).toBe('died');
    await says(made, 2);
    stop.abort('cancelled');
    expect((await next).ended).toBe('stopped');
  });

  it('keeps no trial waiting that is told to stop', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const makes = trained(someWorker(), { batches: many, signal: first.signal });
    await says(made);
    const waits = trained(someWorker(), { batches: many, signal: second.signal });
    await says(/^another process makes this calibration; waiting for it$/m);
    second.abort('cancelled');
    expect((await waits).ended).toBe('stopped');
    first.abort('cancelled');
    expect((await makes).ended).toBe('stopped');
  });
});

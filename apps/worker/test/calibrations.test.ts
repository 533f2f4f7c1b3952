/** @file Calibrations on disk: what is damaged, too large or unwritable costs a pass and no trial; two real processes share one. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeTinyBase } from '../../../test/support/tiny-base.js';
import { memory, spec as someSpec } from '../../../test/support/trials.js';
import { CalibrationCache } from '../src/trainer/calibration-cache.js';
import { childEnvironment } from '../src/trainer/messages.js';
import { TrainerPool } from '../src/trainer/pool.js';
import type { Order } from '../src/trial/executor.js';

let folder: string;
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rankforge-calibrations-'));
  lines = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const cache = (mostBytes = 1000, at = folder) =>
  new CalibrationCache({ folder: at, mostBytes, log: (line) => lines.push(line) });
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
      await new Promise((resolve) => setTimeout(resolve, 2)); // the age of an entry is in milliseconds
    }
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache().read(key)));
    expect(kept.map((read) => read?.[0])).toEqual([undefined, 1, 2, 3]);
    await cache().write('too large', bytes(1, 1001));
    expect(await cache().read('too large')).toBeUndefined();
    expect((await cache().read('d'))?.[0]).toBe(3);
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

const script = fileURLToPath(new URL('../dist/trainer/child.js', import.meta.url));

it('serves a trial of another process: the same adapter, and its time counts', async () => {
  const base = await writeTinyBase(join(folder, 'models'));
  const calibrations = { folder: join(folder, 'calibrations'), mostBytes: 2 ** 24 };
  const env = childEnvironment({
    artifactDir: join(folder, 'artifacts'),
    modelsDir: join(folder, 'models'),
    calibrations,
  });
  const order: Order = {
    trialId: 'trial',
    kind: 'train',
    budgetBytes: 2 ** 29,
    predicted: memory,
    checkpoints: [],
    spec: {
      ...someSpec,
      base,
      method: 'lora-ga',
      methodConfig: { rank: 2 },
      training: { ...someSpec.training, steps: 2, sequenceLength: 32 },
    },
  };
  const trained = async () => {
    const pool = new TrainerPool({ script, env, stopWithinMs: 30_000 });
    const log: string[] = [];
    const nothing = () => undefined;
    const reports = { resumed: nothing, progress: nothing, checkpoint: nothing, log: (line: string) => log.push(line) };
    const ended = await pool.run(order, reports, new AbortController().signal);
    await pool.close();
    if (ended.kind !== 'succeeded') throw new Error(JSON.stringify(ended));
    return { adapter: ended.adapter, validation: ended.result.validation, log: log.join('\n') };
  };
  const first = await trained();
  const second = await trained();
  expect(first.log).toMatch(/^calibrating on \d+ batches before the first step$/m);
  expect(second.log).toMatch(/^an earlier trial's calibration serves this one; its \d+\.\d s count here$/m);
  expect(second.log).not.toContain('calibrating on');
  expect(second).toMatchObject({ adapter: first.adapter, validation: first.validation });
});

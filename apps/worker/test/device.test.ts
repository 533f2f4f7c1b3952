import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { partOf } from '../../../test/support/part-of.js';
import { type Device, devicesOf, discoverDevices, hostDevice } from '../src/device/discover.js';
import { availableBytes, groupUsage, hostBytes, usedByOthers } from '../src/device/host-memory.js';
import { DeviceLedger } from '../src/device/ledger.js';
import { capacityBeside, type Site, usedByOthersOn } from '../src/device/watch.js';
import { onCard } from '../src/trainer/on-card.js';
import type { Executor, Order, Reports, RunOutcome } from '../src/trial/executor.js';

const GIB = 2 ** 30;

describe('the host', () => {
  it.each([
    ['a control group', 2 * GIB, 2 * GIB],
    ['no limit', undefined, 8 * GIB],
    ['a limit of 0', 0, 8 * GIB],
    ['a limit beyond the machine', 2 ** 63, 8 * GIB],
  ])('with %s', (_, limit, totalBytes) => {
    expect(hostBytes({ physical: 8 * GIB, limit })).toBe(totalBytes);
    expect(hostDevice({ totalBytes, keptFreeBytes: 0 })).toMatchObject({
      id: 'host',
      kind: 'host',
      totalBytes,
      capacityBytes: Math.floor(totalBytes * 0.8),
    });
  });

  it('counts page cache that may be dropped as free, in the machine and in the group', () => {
    const meminfo = 'MemTotal:       8388608 kB\nMemFree:         100 kB\nMemAvailable:    4194304 kB\n';
    expect(availableBytes({ meminfo, total: 8 * GIB })).toBe(4 * GIB);
    const group = { usedBytes: 2 * GIB, cacheBytes: GIB };
    expect(availableBytes({ meminfo, total: 3 * GIB, group })).toBe(2 * GIB);
  });

  it.each([
    ['version 2', '0::/job\n', 'job', 'memory.current', `anon 7\ninactive_file ${GIB}\n`],
    ['version 2, seen from within', '0::/\n', '', 'memory.current', `inactive_file ${GIB}\n`],
    [
      'version 1',
      '11:cpu,cpuacct:/job\n4:memory:/job\n0::/job\n',
      'memory/job',
      'memory.usage_in_bytes',
      `inactive_file 5\ntotal_inactive_file ${GIB}\n`,
    ],
    [
      'version 1, seen from within',
      '4:memory:/docker/1b2c\n',
      'memory',
      'memory.usage_in_bytes',
      `total_inactive_file ${GIB}\n`,
    ],
  ])('reads what a control group of %s holds', async (_, groups, folder, file, stat) => {
    const root = await mkdtemp(join(tmpdir(), 'rankforge-group-'));
    try {
      expect(await groupUsage({ groups, root })).toBeUndefined();
      await mkdir(join(root, folder), { recursive: true });
      await writeFile(join(root, folder, file), `${3 * GIB}\n`);
      await writeFile(join(root, folder, 'memory.stat'), stat);
      expect(await groupUsage({ groups, root })).toEqual({ usedBytes: 3 * GIB, cacheBytes: GIB });
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('knows what this process holds', async () => {
    const before = await usedByOthers([]);
    const beside = await usedByOthers([process.pid]);
    expect(before).toBeGreaterThan(beside as number);
  });
});

describe('the engine webgpu', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('computes on no device where no Vulkan driver answers, and a worker without another engine does not start', async () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '');
    for (const variable of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) vi.stubEnv(variable, '/nowhere.json');
    const said: string[] = [];
    const options = { keptFreeBytes: {}, enginesDir: '', slots: 1, cardSlots: undefined };
    const discover = (...engines: Parameters<typeof discoverDevices>[1]['engines']) =>
      discoverDevices((reason) => said.push(reason), { ...options, engines });
    expect((await discover('wasm', 'webgpu')).map(({ id, engines }) => [id, engines])).toEqual([['host', ['wasm']]]);
    expect(said).toEqual([
      'WebGPU: no Vulkan device answers; install a GPU driver, or a software one (mesa-vulkan-drivers)',
    ]);
    await expect(discover('webgpu')).rejects.toThrow('RANKFORGE_ENGINES: nothing here computes by webgpu');
  });
});

describe('beside others', () => {
  const card = { totalBytes: 80 * GIB, capacityBytes: 60 * GIB };

  it('trials get what is left, and never more than alone', () => {
    expect(capacityBeside(card, 0)).toBe(60 * GIB);
    expect(capacityBeside(card, 16 * GIB)).toBe(60 * GIB);
    expect(capacityBeside(card, 50 * GIB)).toBe(30 * GIB);
    expect(capacityBeside(card, 81 * GIB)).toBe(0);
  });

  it('does not count what our processes hold of a card as used by others', () => {
    const processes = [
      { pid: 1, name: 'node', bytes: 3 * GIB },
      { pid: 2, name: 'python3', bytes: 5 * GIB },
    ];
    const used = { usedBytes: 9 * GIB, processes };
    expect(usedByOthersOn(used, { pids: [1], reservedBytes: 7 * GIB })).toBe(6 * GIB);
  });

  it('takes the bytes that trials reserved for processes that the driver does not know', () => {
    const used = { usedBytes: 9 * GIB, processes: [{ pid: 1, name: 'node', bytes: null }] };
    expect(usedByOthersOn(used, { pids: [1], reservedBytes: 7 * GIB })).toBe(2 * GIB);
    expect(usedByOthersOn({ usedBytes: GIB, processes: [] }, { pids: [1], reservedBytes: 7 * GIB })).toBe(0);
  });
});

describe('an order on a card', () => {
  const device: Device = {
    id: 'cuda:0',
    name: 'NVIDIA L4',
    kind: 'cuda',
    totalBytes: 24 * GIB,
    capacityBytes: 19 * GIB,
  };
  const memoryRefused = { kind: 'over-budget', reason: 'no room for a tensor', dominantPart: 'weights' } as const;
  const failed = { kind: 'failed', reason: 'CUDA error' } as const;
  const succeeded = partOf<RunOutcome>({ kind: 'succeeded', result: { seconds: 1 }, step: 1 });

  async function judged(outcome: RunOutcome, seen: Site['seen']) {
    const site: Site = { device, ledger: new DeviceLedger({ bytes: device.capacityBytes, slots: 4 }) };
    await site.ledger.reserve(8 * GIB, { timeoutMs: 1 });
    const look = async () => {
      site.seen = seen;
    };
    const run: Executor['run'] = async () => outcome;
    const executor = onCard(site, { run, share: () => ({ run, close: () => undefined }) }, look);
    const order = partOf<Order>({});
    const alone = await executor.run(order, partOf<Reports>({}), new AbortController().signal);
    const packed = await executor.share!().run(order, partOf<Reports>({}), new AbortController().signal);
    expect(packed).toEqual(alone);
    return alone;
  }

  it('tries a training again where its card is gone, or others have filled it', async () => {
    const gone = { trouble: 'nvidia-smi does not list it any more' };
    expect(await judged(failed, gone)).toMatchObject({
      kind: 'died',
      reason: 'cuda:0 (NVIDIA L4): nvidia-smi does not list it any more; CUDA error',
    });
    expect(await judged(memoryRefused, { usedByOthersBytes: 20 * GIB })).toMatchObject({
      kind: 'died',
      reason: 'cuda:0 (NVIDIA L4): other programs hold 20480 of its 24576 MiB; no room for a tensor',
    });
  });

  it('ends as it ended where the card is sound', async () => {
    for (const outcome of [failed, memoryRefused, succeeded]) {
      expect(await judged(outcome, { usedByOthersBytes: 12 * GIB })).toBe(outcome);
    }
    expect(await judged(succeeded, { trouble: 'nvidia-smi does not answer' })).toBe(succeeded);
    expect(await judged(failed, { usedByOthersBytes: 20 * GIB })).toBe(failed);
  });
});

describe('engines', () => {
  const host = hostDevice({ totalBytes: GIB, keptFreeBytes: 0 });
  const gpu = { ...host, id: 'cuda:0', kind: 'cuda' as const };

  it('compute on all devices of the best kind they can use', () => {
    const second = { ...gpu, id: 'cuda:1' };
    expect(devicesOf('wasm', [host, gpu])).toEqual([host]);
    expect(devicesOf('tensorflow', [host, gpu, second])).toEqual([gpu, second]);
    expect(devicesOf('tensorflow', [host])).toEqual([host]);
  });

  it('are refused where no device serves them', () => {
    expect(() => devicesOf('wasm', [gpu])).toThrow('engine wasm computes on host; found cuda:0');
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIB } from '@rankforge/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cards, createCards, uuidOf, uuidOfSlice } from '../../../test/support/cards.js';
import { waitFor } from '../../../test/support/index.js';
import { type Device, devicesOf, discoverDevices, hostDevice } from '../src/device/discover.js';
import { availableBytes, groupUsage, hostBytes, usedByOthers } from '../src/device/host-memory.js';
import { DeviceLedger } from '../src/device/ledger.js';
import { listNvidiaDevices, parseDevices, parseProcesses } from '../src/device/nvidia-smi.js';
import { visibleDevices } from '../src/device/visible.js';
import { capacityBeside, readAgain, type Site, usedByOthersOn } from '../src/device/watch.js';
import { onCard } from '../src/trainer/on-card.js';
import type { Executor, Order, Reports, RunOutcome } from '../src/trial/executor.js';

const GIB = 2 ** 30;

const fail = (reason: string) => expect.fail(reason);

describe('nvidia-smi', () => {
  it('reads the devices as the tool prints them', () => {
    const printed =
      '0, GPU-5ad7, Disabled, NVIDIA H100 80GB HBM3, 81559, 4\n1, GPU-77f0, [N/A], NVIDIA GeForce RTX 4090, 24564, 12000\n';
    expect(parseDevices(printed, fail)).toEqual([
      {
        id: 'cuda:0',
        index: 0,
        uuid: 'GPU-5ad7',
        isSliced: false,
        name: 'NVIDIA H100 80GB HBM3',
        totalBytes: 85_520_809_984,
        usedBytes: 4_194_304,
      },
      {
        id: 'cuda:1',
        index: 1,
        uuid: 'GPU-77f0',
        isSliced: false,
        name: 'NVIDIA GeForce RTX 4090',
        totalBytes: 25_757_220_864,
        usedBytes: 12_582_912_000,
      },
    ]);
  });

  it('reads a name with a comma, and an empty table', () => {
    expect(parseDevices('3, GPU-0, [N/A], Quadro RTX 6000, Passive, 24576, 0\r\n', fail)).toMatchObject([
      { id: 'cuda:3', uuid: 'GPU-0', name: 'Quadro RTX 6000, Passive', totalBytes: 24 * GIB, usedBytes: 0 },
    ]);
    expect(parseDevices('\n', fail)).toEqual([]);
    expect(parseDevices('No devices were found\n', fail)).toEqual([]);
  });

  it('reads the processes, and that the driver does not say what one holds', () => {
    expect(parseProcesses('GPU-5ad7, 4711, /usr/bin/node, 1024\nGPU-5ad7, 12, python3 -c "a, b", [N/A]\n')).toEqual([
      { uuid: 'GPU-5ad7', pid: 4711, name: '/usr/bin/node', bytes: GIB },
      { uuid: 'GPU-5ad7', pid: 12, name: 'python3 -c "a, b"', bytes: null },
    ]);
  });

  it('leaves out a device whose memory the driver does not say, and says which and why', () => {
    const printed =
      'Unable to determine the device handle for GPU3: 0000:87:00.0: Unknown Error\n0, GPU-a, [N/A], NVIDIA GB10, [N/A], [N/A]\n' +
      '1, GPU-b, [N/A], NVIDIA L4, 23034, 3\n2, GPU-c, [N/A], Tesla K80, 11441, [Not Supported]\n';
    const said: string[] = [];
    expect(parseDevices(printed, (reason) => said.push(reason)).map(({ index }) => index)).toEqual([1]);
    expect(said).toEqual([
      'nvidia-smi: Unable to determine the device handle for GPU3: 0000:87:00.0: Unknown Error',
      'cuda:0 (NVIDIA GB10, GPU-a) is left out: nvidia-smi says [N/A] of its memory',
      'cuda:2 (Tesla K80, GPU-c) is left out: nvidia-smi says [Not Supported] of its memory',
    ]);
  });

  it('names the line it cannot read', () => {
    expect(() => parseDevices('0, GPU-1, [N/A], NVIDIA A100, much, 3', fail)).toThrow(
      'nvidia-smi printed "0, GPU-1, [N/A], NVIDIA A100, much, 3"',
    );
    expect(() => parseProcesses('No devices were found')).toThrow('nvidia-smi printed "No devices were found"');
  });
});

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

describe('a machine with cards', () => {
  let cards: Cards;
  const path = process.env.PATH;
  const listed = async () => (await listNvidiaDevices(fail))?.map(({ id, uuid }) => [id, uuid]);
  /** The engine `cpu` asks no card, so that no process is started to ask one. */
  const discover = (keptFreeBytes: Record<string, number> = {}) =>
    discoverDevices(fail, { keptFreeBytes, engines: ['cpu'], enginesDir: '', slots: 4, cardSlots: undefined });
  const siteOf = (device: Device): Site => ({
    device,
    ledger: new DeviceLedger({ bytes: device.capacityBytes, slots: 4 }),
  });

  beforeEach(async () => {
    cards = await createCards([{ index: 0 }]);
    process.env.PATH = cards.env.PATH;
  });
  afterEach(async () => {
    process.env.PATH = path;
    await cards.remove();
  });

  it('has each as a device, with the cores shared out over them', async () => {
    expect((await discover()).map(({ id, slots }) => [id, slots])).toEqual([
      ['host', 4],
      ['cuda:0', cpus().length],
    ]);
    const eight = Array.from({ length: 8 }, (_, index) => ({ index }));
    await cards.list(eight);
    expect((await discover()).slice(1).map(({ id, uuid, slots }) => [id, uuid, slots])).toEqual(
      eight.map(({ index }) => [`cuda:${index}`, uuidOf(index), Math.max(1, Math.floor(cpus().length / 8))]),
    );
    await cards.list([]);
    expect((await discover()).map(({ id }) => id)).toEqual(['host']);
  });

  it('has the slices of a card in MIG mode as devices, with their memory and processes', async () => {
    const processes = [{ pid: 7, name: 'python3 &lt;x&gt;', usedMiB: 512 }];
    const slices = [
      { index: 0, profile: '3g.20gb', totalMiB: 20_096, usedMiB: 600, processes },
      { index: 1, profile: '1c.3g.20gb', totalMiB: 20_096, instance: 9 },
      { index: 2, profile: '2c.3g.20gb', totalMiB: 20_096, instance: 9 },
    ];
    await cards.list([{ index: 0, name: 'NVIDIA A100', slices }, { index: 1, slices: [] }, { index: 2 }]);
    const said: string[] = [];
    expect(await listNvidiaDevices((reason) => said.push(reason))).toEqual([
      { id: 'cuda:2', uuid: uuidOf(2), name: 'NVIDIA L4', totalBytes: 23_034 * MIB, usedBytes: 0, processes: [] },
      {
        id: 'cuda:0:0',
        uuid: uuidOfSlice(0, 0),
        name: 'NVIDIA A100 MIG 3g.20gb',
        totalBytes: 20_096 * MIB,
        usedBytes: 600 * MIB,
        processes: [{ pid: 7, name: 'python3 <x>', bytes: 512 * MIB }],
      },
      {
        id: 'cuda:0:1',
        uuid: uuidOfSlice(0, 1),
        name: 'NVIDIA A100 MIG 1c.3g.20gb',
        totalBytes: 20_096 * MIB,
        usedBytes: 0,
        processes: [],
      },
    ]);
    expect(said).toEqual([
      'cuda:0:2 (NVIDIA A100 MIG 2c.3g.20gb) is left out: it shares its memory with cuda:0:1',
      'cuda:1 (NVIDIA L4) is left out: it is in MIG mode and has no slice',
    ]);
  });

  it('has a ledger for each that follows what others use and what is kept free', async () => {
    await cards.list([{ index: 0 }, { index: 1 }]);
    const devices = await discover({ 'cuda:0': 2 * GIB });
    const alone = Math.floor(23_034 * MIB * 0.8) - 2 * GIB;
    expect(devices[1]).toMatchObject({ id: 'cuda:0', totalBytes: 23_034 * MIB, capacityBytes: alone });
    const [site, other] = devices.slice(1).map(siteOf) as [Site, Site];
    const room = await site.ledger.reserve(6 * GIB, { timeoutMs: 1 });
    const usedMiB = 18_000 + 6 * 1024;
    await cards.list([{ index: 0, usedMiB, processes: [{ pid: 999_999, name: 'python3', usedMiB }] }, { index: 1 }]);
    await readAgain([site, other], { pids: [process.pid], log: fail });
    expect(site.seen).toEqual({
      usedByOthersBytes: 18_000 * MIB,
      processes: [{ pid: 999_999, name: 'python3', bytes: usedMiB * MIB }],
    });
    expect(site.ledger.capacityBytes).toBe(6 * GIB); // reserved, though others leave less
    expect(site.ledger.fits(1)).toBe(false);
    expect(other.ledger.capacityBytes).toBe(other.device.capacityBytes);
    room?.release();
    expect(site.ledger.capacityBytes).toBe((23_034 - 18_000) * MIB);

    await cards.list([{ index: 0 }, { index: 1 }]);
    await readAgain([site, other], { pids: [process.pid], log: fail });
    expect(site.ledger.capacityBytes).toBe(alone);
  });

  it('is refused a setting for a device it has not', async () => {
    await expect(discover({ 'cuda:3': GIB })).rejects.toThrow(
      'RANKFORGE_KEEP_FREE_MIB names cuda:3; the devices here are host, cuda:0',
    );
  });

  it('begins nothing on one that is not listed any more, and goes on with it once it is back', async () => {
    await cards.list([{ index: 0 }, { index: 1 }]);
    const sites = (await discover()).slice(1).map(siteOf) as [Site, Site];
    const room = await sites[0].ledger.reserve(GIB, { timeoutMs: 1 });
    await cards.list([{ index: 1 }]);
    const said: string[] = [];
    const log = (reason: string) => said.push(reason);
    expect(await readAgain(sites, { pids: [], log })).toEqual([sites[0]]);
    expect(said).toEqual(['cuda:0: nvidia-smi does not list it any more; no trial begins there']);
    expect(sites.map(({ ledger }) => ledger.fits(1))).toEqual([false, true]);
    expect(sites[0].ledger.capacityBytes).toBe(GIB); // what runs there was not ended by the ledger
    room?.release();
    await cards.list([{ index: 0 }, { index: 1 }]);
    expect(await readAgain(sites, { pids: [], log })).toEqual([]);
    expect(sites.map(({ ledger, seen }) => [ledger.fits(GIB), seen?.trouble])).toEqual([
      [true, undefined],
      [true, undefined],
    ]);
  });

  it('begins nothing while the driver does not answer, and does not wait for it', async () => {
    const sites = (await discover()).slice(1).map(siteOf) as [Site];
    const said: string[] = [];
    const read = () => readAgain(sites, { pids: [], log: (reason) => said.push(reason), withinMs: 300 });
    await cards.fail('silence');
    expect(await read()).toEqual([]); // it is not known to be gone
    expect(said).toEqual([
      'nvidia-smi: does not answer within 0.3 s',
      'cuda:0: nvidia-smi does not answer; no trial begins there',
    ]);
    expect(sites[0].ledger.fits(1)).toBe(false);
    await cards.fail({ says: 'Failed to initialize NVML: Driver/library version mismatch', status: 18 });
    await waitFor('the silent program to end', async () => {
      await read();
      return said.at(-1)?.includes('mismatch');
    });
    await cards.fail(undefined);
    await readAgain(sites, { pids: [], log: fail });
    expect(sites[0].ledger.fits(GIB)).toBe(true);
    expect(await listed()).toEqual([['cuda:0', uuidOf(0)]]);
  });

  it('computes on those of them alone that its environment shows', async () => {
    await cards.list([{ index: 0 }, { index: 1 }, { index: 2, slices: [{ index: 0, totalMiB: 9_728 }] }]);
    const devices = (await listNvidiaDevices(fail))!;
    const shown = (wanted: string | undefined) => visibleDevices(devices, wanted).map(({ id }) => id);
    expect(shown(undefined)).toEqual(['cuda:0', 'cuda:1', 'cuda:2:0']);
    expect(shown('')).toEqual([]);
    expect(shown('1, 0')).toEqual(['cuda:1', 'cuda:0']);
    expect(shown(`${uuidOfSlice(2, 0)},1`)).toEqual(['cuda:2:0', 'cuda:1']);
    expect(shown('1,-1,0')).toEqual(['cuda:1']); // CUDA reads no further
    expect(shown('GPU-')).toEqual([]); // names two
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
  const succeeded = { kind: 'succeeded', result: { seconds: 1 }, step: 1 } as RunOutcome;

  async function judged(outcome: RunOutcome, seen: Site['seen']) {
    const site: Site = { device, ledger: new DeviceLedger({ bytes: device.capacityBytes, slots: 4 }) };
    await site.ledger.reserve(8 * GIB, { timeoutMs: 1 });
    const look = async () => {
      site.seen = seen;
    };
    const run: Executor['run'] = async () => outcome;
    const executor = onCard(site, { run, share: () => ({ run, close: () => undefined }) }, look);
    const order = {} as Order;
    const alone = await executor.run(order, {} as Reports, new AbortController().signal);
    const packed = await executor.share!().run(order, {} as Reports, new AbortController().signal);
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

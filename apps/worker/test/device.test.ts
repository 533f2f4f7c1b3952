import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIB } from '@rankforge/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceOf, discoverDevices, hostDevice } from '../src/device/discover.js';
import { availableBytes, groupUsage, hostBytes, usedByOthers } from '../src/device/host-memory.js';
import { DeviceLedger } from '../src/device/ledger.js';
import { parseDevices, parseProcesses } from '../src/device/nvidia-smi.js';
import { capacityBeside, readAgain, type Site, usedByOthersOn } from '../src/device/watch.js';

const GIB = 2 ** 30;

const fail = (reason: string) => expect.fail(reason);

describe('nvidia-smi', () => {
  it('reads the devices as the tool prints them', () => {
    const printed =
      '0, GPU-5ad7, NVIDIA H100 80GB HBM3, 81559, 4\n1, GPU-77f0, NVIDIA GeForce RTX 4090, 24564, 12000\n';
    expect(parseDevices(printed, fail)).toEqual([
      { index: 0, uuid: 'GPU-5ad7', name: 'NVIDIA H100 80GB HBM3', totalBytes: 85_520_809_984, usedBytes: 4_194_304 },
      {
        index: 1,
        uuid: 'GPU-77f0',
        name: 'NVIDIA GeForce RTX 4090',
        totalBytes: 25_757_220_864,
        usedBytes: 12_582_912_000,
      },
    ]);
  });

  it('reads a name with a comma, and an empty table', () => {
    expect(parseDevices('3, GPU-0, Quadro RTX 6000, Passive, 24576, 0\r\n', fail)).toEqual([
      { index: 3, uuid: 'GPU-0', name: 'Quadro RTX 6000, Passive', totalBytes: 24 * GIB, usedBytes: 0 },
    ]);
    expect(parseDevices('\n', fail)).toEqual([]);
  });

  it('reads the processes, and that the driver does not say what one holds', () => {
    expect(parseProcesses('GPU-5ad7, 4711, /usr/bin/node, 1024\nGPU-5ad7, 12, python3 -c "a, b", [N/A]\n')).toEqual([
      { uuid: 'GPU-5ad7', pid: 4711, name: '/usr/bin/node', bytes: GIB },
      { uuid: 'GPU-5ad7', pid: 12, name: 'python3 -c "a, b"', bytes: null },
    ]);
  });

  it('leaves out a device whose memory the driver does not say, and says which and why', () => {
    const printed =
      '0, GPU-a, NVIDIA GB10, [N/A], [N/A]\n1, GPU-b, NVIDIA L4, 23034, 3\n2, GPU-c, Tesla K80, 11441, [Not Supported]\n';
    const said: string[] = [];
    expect(parseDevices(printed, (reason) => said.push(reason)).map(({ index }) => index)).toEqual([1]);
    expect(said).toEqual([
      'cuda:0 (NVIDIA GB10, GPU-a) is left out: nvidia-smi says [N/A] of its memory',
      'cuda:2 (Tesla K80, GPU-c) is left out: nvidia-smi says [Not Supported] of its memory',
    ]);
  });

  it('names the line it cannot read', () => {
    expect(() => parseDevices('0, GPU-1, NVIDIA A100, much, 3', fail)).toThrow(
      'nvidia-smi printed "0, GPU-1, NVIDIA A100, much, 3"',
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

describe('a machine whose nvidia-smi answers', () => {
  let folder: string;
  const path = process.env.PATH;

  /** A program of that name, as the worker starts it. */
  async function answering(usedMiB: number) {
    const program = `#!/bin/sh
case "$1" in
  --query-gpu=*) echo "0, GPU-1, NVIDIA L4, 23034, ${usedMiB}" ;;
  *) echo "GPU-1, 999999, python3, ${usedMiB}" ;;
esac
`;
    await writeFile(join(folder, 'nvidia-smi'), program, { mode: 0o755 });
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rankforge-smi-'));
    process.env.PATH = `${folder}:${path}`;
  });
  afterEach(async () => {
    process.env.PATH = path;
    await rm(folder, { recursive: true });
  });

  it('has the card as a device, whose ledger follows what others use and what is kept free', async () => {
    await answering(0);
    const log = (reason: string) => expect.fail(reason);
    const keptFreeBytes = { 'cuda:0': 2 * GIB };
    const [, device] = await discoverDevices(log, { keptFreeBytes, engines: ['tensorflow'] });
    const alone = Math.floor(23_034 * MIB * 0.8) - 2 * GIB;
    expect(device).toMatchObject({ id: 'cuda:0', totalBytes: 23_034 * MIB, capacityBytes: alone });
    const site: Site = { device: device!, ledger: new DeviceLedger({ bytes: device!.capacityBytes, slots: 4 }) };
    const room = await site.ledger.reserve(6 * GIB, { timeoutMs: 1 });

    await answering(18_000 + 6 * 1024);
    await readAgain([site], { pids: [process.pid], log });
    expect(site.seen).toEqual({
      usedByOthersBytes: 18_000 * MIB,
      processes: [{ pid: 999_999, name: 'python3', bytes: 24_144 * MIB }],
    });
    expect(site.ledger.capacityBytes).toBe(6 * GIB); // reserved, though others leave less
    expect(site.ledger.fits(1)).toBe(false);
    room?.release();
    expect(site.ledger.capacityBytes).toBe((23_034 - 18_000) * MIB);

    await answering(0);
    await readAgain([site], { pids: [process.pid], log });
    expect(site.ledger.capacityBytes).toBe(alone);
  });

  it('is refused a setting for a device it has not', async () => {
    await answering(0);
    const options = { keptFreeBytes: { 'cuda:3': GIB }, engines: ['wasm'] as const };
    await expect(discoverDevices(() => undefined, options)).rejects.toThrow(
      'RANKFORGE_KEEP_FREE_MIB names cuda:3; the devices here are host, cuda:0',
    );
  });
});

describe('engines', () => {
  const host = hostDevice({ totalBytes: GIB, keptFreeBytes: 0 });
  const gpu = { ...host, id: 'cuda:0', kind: 'cuda' as const };

  it('compute on the best device they can use', () => {
    expect(deviceOf('wasm', [host, gpu]).id).toBe('host');
    expect(deviceOf('tensorflow', [host, gpu]).id).toBe('cuda:0');
    expect(deviceOf('tensorflow', [host]).id).toBe('host');
  });

  it('are refused where no device serves them', () => {
    expect(() => deviceOf('wasm', [gpu])).toThrow('engine wasm computes on host; found cuda:0');
  });
});

/** @file Cards of a machine: what `nvidia-smi` prints of them, and how a worker follows it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIB } from '@rankforge/contracts';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Cards, createCards, uuidOf, uuidOfSlice } from '../../../test/support/cards.js';
import { waitFor } from '../../../test/support/index.js';
import { type Device, discoverDevices } from '../src/device/discover.js';
import { DeviceLedger } from '../src/device/ledger.js';
import { listNvidiaDevices, parseDevices, parseProcesses, waitForNvidiaDevices } from '../src/device/nvidia-smi.js';
import { visibleDevices } from '../src/device/visible.js';
import { readAgain, type Site } from '../src/device/watch.js';

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

  it('refuses a setting for a device that it has not', async () => {
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

  it('waits at its start for a driver that does not answer, where an engine computes on cards', async () => {
    await cards.fail('silence');
    const said: string[] = [];
    const found = waitForNvidiaDevices((reason) => said.push(reason), { withinMs: 300, againMs: 10 });
    await waitFor('the driver to be asked', async () => said.length > 0);
    expect(said[0]).toBe(
      'nvidia-smi: does not answer within 0.3 s; it is asked again until it does (CUDA_VISIBLE_DEVICES=-1 goes without cards)',
    );
    await cards.fail(undefined);
    expect((await found).map(({ uuid }) => uuid)).toEqual([uuidOf(0)]);
  });

  it('does not wait at its start for a driver that fails, or that no engine needs', async () => {
    await cards.fail({ says: 'Failed to initialize NVML: Driver Not Loaded', status: 9 });
    const said: string[] = [];
    const log = (reason: string) => said.push(reason);
    expect(await waitForNvidiaDevices(log)).toEqual([]);
    expect(said).toEqual(['nvidia-smi: Failed to initialize NVML: Driver Not Loaded']);
    await cards.fail('silence');
    const needsNone = { keptFreeBytes: {}, engines: ['cpu' as const], enginesDir: '', slots: 4, cardSlots: undefined };
    const devices = await discoverDevices(log, { ...needsNone, withinMs: 300 });
    expect(devices.map(({ id }) => id)).toEqual(['host']);
    await cards.fail(undefined);
    await waitFor('the silent program to end', async () => (await listNvidiaDevices(log)) !== undefined);
  });

  it('does not wait for a driver where its environment hides all cards, or its engine was added for the CPU', async () => {
    await cards.fail('silence');
    const enginesDir = await mkdtemp(join(tmpdir(), 'engines-'));
    onTestFinished(() => rm(enginesDir, { recursive: true }));
    const said: string[] = [];
    const log = (reason: string) => said.push(reason);
    const asked = { keptFreeBytes: {}, engines: ['tensorflow' as const], enginesDir, slots: 4, cardSlots: undefined };
    const found = async () => (await discoverDevices(log, { ...asked, withinMs: 300 })).map(({ id }) => id);
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const hides of ['', '-1', ' -1,0']) {
      vi.stubEnv('CUDA_VISIBLE_DEVICES', hides);
      expect(await found()).toEqual(['host']);
    }
    expect(said).toEqual([]);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
    await mkdir(join(enginesDir, 'tensorflow'));
    await writeFile(join(enginesDir, 'tensorflow', 'engine.json'), JSON.stringify({ variant: 'cpu' }));
    expect(await found()).toEqual(['host']);
    expect(said).toEqual(['nvidia-smi: does not answer within 0.3 s']);
    await cards.fail(undefined);
    await waitFor('the silent program to end', async () => (await listNvidiaDevices(log)) !== undefined);
    expect(await found()).toEqual(['host']);
    expect(said.at(-1)).toMatch(/^cuda:0 \(.*\) is left out: engine tensorflow was added for the CPU/);
  });

  it('keeps its other cards where the driver cannot reach one', async () => {
    const fallen = 'Unable to determine the device handle for GPU1: 0000:88:00.0: GPU is lost.';
    await cards.fail({ says: fallen, status: 15, query: '--query-compute-apps=' });
    const said: string[] = [];
    const listedNow = await listNvidiaDevices((reason) => said.push(reason));
    expect(listedNow?.map(({ id, processes }) => [id, processes])).toEqual([['cuda:0', []]]);
    expect(said).toEqual([`nvidia-smi does not say which processes hold memory: ${fallen}`]);
    expect(parseProcesses(`${fallen}\nGPU-5ad7, 4711, node, 1\n`)).toMatchObject([{ uuid: 'GPU-5ad7', pid: 4711 }]);
  });

  it('computes on those of them alone that its environment shows', async () => {
    await cards.list([{ index: 0 }, { index: 1 }, { index: 2, slices: [{ index: 0, totalMiB: 9_728 }] }]);
    const devices = (await listNvidiaDevices(fail))!;
    const said: string[] = [];
    const log = (reason: string) => said.push(reason);
    const shown = (wanted: string | undefined) => visibleDevices(devices, wanted, log).map(({ id }) => id);
    expect(shown(undefined)).toEqual(['cuda:0', 'cuda:1', 'cuda:2:0']);
    expect(shown('')).toEqual([]);
    expect(shown('1, 0')).toEqual(['cuda:1', 'cuda:0']);
    expect(shown(`${uuidOfSlice(2, 0)},1`)).toEqual(['cuda:2:0', 'cuda:1']);
    expect(shown('1,-1,0')).toEqual(['cuda:1']); // CUDA reads no further
    expect(shown('2')).toEqual(['cuda:2:0']); // the first slice
    expect(said).toEqual([]);
    expect(shown('GPU-')).toEqual([]); // names two
    expect(shown('0,7,1')).toEqual(['cuda:0']);
    expect(said).toEqual([
      expect.stringMatching(/^CUDA_VISIBLE_DEVICES: "GPU-" is the index of no card here/),
      expect.stringMatching(/^CUDA_VISIBLE_DEVICES: "7" is .* do not count\. Here there is cuda:0 \(GPU-00000000-/),
    ]);
  });
});

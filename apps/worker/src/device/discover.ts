/** @file The devices of this worker, and which engine computes on which. */
import { cpus } from 'node:os';
import { type DeviceView, type EngineName, engineRecord } from '@rankforge/contracts';
import { hostBytes } from './host-memory.js';
import { listNvidiaDevices, type NvidiaDevice, waitForNvidiaDevices } from './nvidia-smi.js';
import { probeOf } from './probes.js';
import { hidesAllDevices, visibleDevices } from './visible.js';

/** A device without what changes while the worker runs. `capacityBytes`: the most that trials could take, were they alone. */
export type Device = Omit<DeviceView, 'reservedBytes' | 'trouble'>;

/** Left to the operating system, the database beside us and the processes themselves. */
const usableShare = 0.8;

export interface DiscoverOptions {
  /** Bytes that the operator keeps for others, by device id. */
  keptFreeBytes: Readonly<Record<string, number>>;
  engines: readonly EngineName[];
  /** Folder of the engines that were added. */
  enginesDir: string;
  /** Trials at once on the host. */
  slots: number;
  /** Trials at once on a card; undefined: the cores of the host shared out over the cards. */
  cardSlots: number | undefined;
  /** See `waitForNvidiaDevices`. */
  withinMs?: number;
  againMs?: number;
}

/**
 * The host always, and each NVIDIA device that `nvidia-smi` lists, the operator left to us, and the engines compute on; each with the
 * engines that compute on it. A driver that does not answer is waited for where an engine computes on cards that the operator left to us: without them it would compute on the host.
 */
export async function discoverDevices(log: (reason: string) => void, options: DiscoverOptions): Promise<Device[]> {
  const { engines, enginesDir, slots } = options;
  const kept = (id: string) => options.keptFreeBytes[id] ?? 0;
  const wanted = process.env.CUDA_VISIBLE_DEVICES;
  const asked = { enginesDir, log };
  const onCards = engines.filter((engine) => engineRecord(engine).devices.includes('cuda'));
  const leaving = await Promise.all(
    onCards.map(async (engine) => (await probeOf(engine).leavesCards?.(enginesDir)) ?? false),
  );
  const list = leaving.includes(false) ? waitForNvidiaDevices : listNvidiaDevices;
  const [listed = [], hosted] = await Promise.all([
    hidesAllDevices(wanted) ? [] : list(log, options),
    Promise.all(
      engines.map(async (engine) => {
        const { onHost } = probeOf(engine);
        const said = onHost ? await onHost(asked) : {};
        return said ? [{ engine, said }] : [];
      }),
    ).then((each) => each.flat()),
  ]);
  let cards: readonly NvidiaDevice[] = visibleDevices(listed, wanted, log);
  for (const engine of engines) cards = (await probeOf(engine).cardsOf?.(cards, asked)) ?? cards;
  const cardSlots = options.cardSlots ?? Math.max(1, Math.floor(cpus().length / cards.length));
  const devices = [
    {
      ...hostDevice({ totalBytes: hostBytes(), keptFreeBytes: kept('host') }),
      slots,
      ...Object.assign({}, ...hosted.map(({ said }) => said)),
    },
    ...cards.map((card) => ({ ...nvidiaDevice(card, kept(card.id)), slots: cardSlots })),
  ];
  const unknown = Object.keys(options.keptFreeBytes).filter((id) => !devices.some((device) => device.id === id));
  if (unknown.length > 0) {
    const ids = devices.map(({ id }) => id).join(', ');
    throw new Error(`RANKFORGE_KEEP_FREE_MIB names ${unknown.join(', ')}; the devices here are ${ids}`);
  }
  const computing = hosted.map(({ engine }) => ({ engine, on: devicesOf(engine, devices) }));
  if (computing.length === 0) {
    throw new Error(
      `RANKFORGE_ENGINES: nothing here computes by ${engines.join(', ')}, as the log says: add what is missing, or name another engine`,
    );
  }
  return devices.map((device) => ({
    ...device,
    engines: computing.filter(({ on }) => on.includes(device)).map(({ engine }) => engine),
  }));
}

export function hostDevice({
  totalBytes,
  keptFreeBytes,
}: Pick<Device, 'totalBytes'> & { keptFreeBytes: number }): Device {
  const name = cpus()[0]?.model.trim() || 'host';
  return { id: 'host', name, kind: 'host', totalBytes, ...alone(totalBytes, keptFreeBytes) };
}

function nvidiaDevice({ id, uuid, name, totalBytes }: NvidiaDevice, keptFreeBytes: number): Device {
  return { id, uuid, name, kind: 'cuda', totalBytes, ...alone(totalBytes, keptFreeBytes) };
}

/** What trials may take of a device that nobody else uses. */
function alone(totalBytes: number, keptFreeBytes: number): Pick<Device, 'capacityBytes' | 'keptFreeBytes'> {
  return { keptFreeBytes, capacityBytes: Math.max(0, Math.floor(totalBytes * usableShare) - keptFreeBytes) };
}

/**
 * The devices an engine computes on: all of the best kind that is there.
 * @throws Error when the worker has none of the kinds that the engine can use
 */
export function devicesOf<Known extends Pick<Device, 'id' | 'kind'>>(
  engine: EngineName,
  devices: readonly Known[],
): Known[] {
  const { devices: kinds } = engineRecord(engine);
  for (const kind of kinds) {
    const found = devices.filter((device) => device.kind === kind);
    if (found.length > 0) return found;
  }
  throw new Error(`engine ${engine} computes on ${kinds.join(' or ')}; found ${devices.map(({ id }) => id)}`);
}

/** @file The devices of this worker, and which engine computes on which. */
import { cpus } from 'node:os';
import type { DeviceView, EngineName } from '@rankforge/contracts';
import { hostBytes } from './host-memory.js';
import { listNvidiaDevices, type NvidiaDevice } from './nvidia-smi.js';
import { webgpuLimits } from './webgpu.js';

/** A device without what trials hold on it. `capacityBytes`: the most that trials could take, were they alone. */
export type Device = Omit<DeviceView, 'reservedBytes'>;

/** Left to the operating system, the database beside us and the processes themselves. */
const usableShare = 0.8;

/** Kind of device an engine computes on, best first. */
const devicesOfEngine: Readonly<Record<EngineName, readonly Device['kind'][]>> = {
  wasm: ['host'],
  cpu: ['host'],
  tensorflow: ['cuda', 'host'],
  webgpu: ['webgpu', 'host'],
};

/**
 * The host always, and each NVIDIA device that `nvidia-smi` finds.
 *
 * @param options.keptFreeBytes what the operator keeps for others, by device id
 */
export async function discoverDevices(
  log: (reason: string) => void,
  options: { keptFreeBytes: Readonly<Record<string, number>>; engines: readonly EngineName[] },
): Promise<Device[]> {
  const kept = (id: string) => options.keptFreeBytes[id] ?? 0;
  const [gpus, webgpu] = await Promise.all([
    listNvidiaDevices(log),
    options.engines.includes('webgpu') ? webgpuLimits(log) : undefined,
  ]);
  const devices = [
    { ...hostDevice({ totalBytes: hostBytes(), keptFreeBytes: kept('host') }), ...(webgpu && { webgpu }) },
    ...gpus.map((gpu) => nvidiaDevice(gpu, kept(`cuda:${gpu.index}`))),
  ];
  const unknown = Object.keys(options.keptFreeBytes).filter((id) => !devices.some((device) => device.id === id));
  if (unknown.length > 0) {
    const ids = devices.map(({ id }) => id).join(', ');
    throw new Error(`RANKFORGE_KEEP_FREE_MIB names ${unknown.join(', ')}; the devices here are ${ids}`);
  }
  return devices;
}

export function hostDevice({
  totalBytes,
  keptFreeBytes,
}: Pick<Device, 'totalBytes'> & { keptFreeBytes: number }): Device {
  const name = cpus()[0]?.model.trim() || 'host';
  return { id: 'host', name, kind: 'host', totalBytes, ...alone(totalBytes, keptFreeBytes) };
}

function nvidiaDevice({ index, name, totalBytes }: NvidiaDevice, keptFreeBytes: number): Device {
  return { id: `cuda:${index}`, name, kind: 'cuda', totalBytes, ...alone(totalBytes, keptFreeBytes) };
}

/** What trials may take of a device that nobody else uses. */
function alone(totalBytes: number, keptFreeBytes: number): Pick<Device, 'capacityBytes' | 'keptFreeBytes'> {
  return { keptFreeBytes, capacityBytes: Math.max(0, Math.floor(totalBytes * usableShare) - keptFreeBytes) };
}

/**
 * The device an engine computes on.
 * @throws Error when the worker has none of the kinds that the engine can use
 */
export function deviceOf(engine: EngineName, devices: readonly Device[]): Device {
  for (const kind of devicesOfEngine[engine]) {
    const found = devices.find((device) => device.kind === kind);
    if (found) return found;
  }
  throw new Error(
    `engine ${engine} computes on ${devicesOfEngine[engine].join(' or ')}; found ${devices.map(({ id }) => id)}`,
  );
}

/** @file The devices of this worker, and which engine computes on which. */

import { cpus, totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import type { DeviceView, EngineName } from '@rankforge/contracts';
import { listNvidiaDevices } from './nvidia-smi.js';

/** A device without what trials hold on it. */
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

/** The host always, and each NVIDIA device that `nvidia-smi` finds. */
export async function discoverDevices(log: (reason: string) => void): Promise<Device[]> {
  const gpus = await listNvidiaDevices(log);
  return [
    hostDevice({ physical: totalmem(), limit: constrainedMemory() }),
    ...gpus.map(({ index, name, totalBytes }) => ({
      id: `cuda:${index}`,
      name,
      kind: 'cuda' as const,
      totalBytes,
      capacityBytes: Math.floor(totalBytes * usableShare),
    })),
  ];
}

/** Memory of the host: what the control group allows, where there is one. */
export function hostDevice({ physical, limit }: { physical: number; limit: number | undefined }): Device {
  // Without a limit the kernel answers 0 or a number near 2^63.
  const totalBytes = limit !== undefined && limit > 0 && limit < physical ? limit : physical;
  return {
    id: 'host',
    name: cpus()[0]?.model.trim() || 'host',
    kind: 'host',
    totalBytes,
    capacityBytes: Math.floor(totalBytes * usableShare),
  };
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

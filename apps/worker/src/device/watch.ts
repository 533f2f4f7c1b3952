/** @file Devices read again while the worker runs: what others take of them is not there for trials. */
import type { DeviceView } from '@rankforge/contracts';
import type { Device } from './discover.js';
import { usedByOthers } from './host-memory.js';
import type { DeviceLedger } from './ledger.js';
import { listNvidiaDevices, type NvidiaDevice } from './nvidia-smi.js';

/** A device of this worker and what is left of it. */
export interface Site {
  device: Device;
  ledger: DeviceLedger;
  /** The last reading. */
  seen?: Pick<DeviceView, 'usedByOthersBytes' | 'processes'>;
}

/**
 * What trials may take beside what others use: all that is left, and never more than of a device they have for
 * themselves. What the operator keeps for others is there for them to use: it is not taken off twice.
 * @example capacityBeside({ totalBytes: 100, capacityBytes: 80 }, 50) // 50
 */
export function capacityBeside(
  { totalBytes, capacityBytes }: Pick<Device, 'totalBytes' | 'capacityBytes'>,
  usedByOthersBytes: number,
): number {
  return Math.max(0, Math.min(capacityBytes, totalBytes - usedByOthersBytes));
}

/**
 * What others use of a card: what is used, less what our processes hold. Where the list of processes knows none of ours
 * (another namespace of processes, or a driver that does not say), what trials have reserved stands for it.
 */
export function usedByOthersOn(
  { usedBytes, processes }: Pick<NvidiaDevice, 'usedBytes' | 'processes'>,
  ours: { pids: readonly number[]; reservedBytes: number },
): number {
  const known = processes.filter(({ pid, bytes }) => ours.pids.includes(pid) && bytes !== null);
  const held = known.length > 0 ? known.reduce((sum, { bytes }) => sum + bytes!, 0) : ours.reservedBytes;
  return Math.max(0, usedBytes - held);
}

/** Reads all devices once and lets their ledgers follow. */
export async function readAgain(
  sites: readonly Site[],
  ours: { pids: readonly number[]; log(reason: string): void },
): Promise<void> {
  const cuda = sites.some(({ device }) => device.kind === 'cuda') ? await listNvidiaDevices(ours.log) : [];
  for (const site of sites) {
    const gpu = cuda.find(({ index }) => site.device.id === `cuda:${index}`);
    const usedByOthersBytes = gpu
      ? usedByOthersOn(gpu, { pids: ours.pids, reservedBytes: site.ledger.reservedBytes })
      : site.device.kind === 'host'
        ? await usedByOthers(ours.pids)
        : undefined;
    if (usedByOthersBytes === undefined) continue; // not known now: the last answer holds
    site.seen = { usedByOthersBytes, ...(gpu && { processes: gpu.processes }) };
    site.ledger.resize(capacityBeside(site.device, usedByOthersBytes));
  }
}

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
  seen?: Pick<DeviceView, 'usedByOthersBytes' | 'processes' | 'trouble'>;
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

/**
 * Reads all devices once and lets their ledgers follow. Nothing begins on a card that the driver does not list any more, or
 * while the driver does not answer; what runs there goes on until it ends or is ended.
 *
 * @param ours.withinMs see `listNvidiaDevices`
 * @returns the sites whose card is not listed any more
 */
export async function readAgain(
  sites: readonly Site[],
  ours: { pids: readonly number[]; log(reason: string): void; withinMs?: number },
): Promise<Site[]> {
  const cards = sites.filter(({ device }) => device.kind === 'cuda');
  const listed = cards.length > 0 ? await listNvidiaDevices(ours.log, ours) : [];
  for (const site of cards) {
    const { id, uuid } = site.device;
    const gpu = listed?.find((each) => each.uuid === uuid);
    if (!gpu) {
      const trouble = listed ? 'nvidia-smi does not list it any more' : 'nvidia-smi does not answer';
      if (site.seen?.trouble !== trouble) ours.log(`${id}: ${trouble}; no trial begins there`);
      site.seen = { ...site.seen, trouble };
      site.ledger.resize(0);
      continue;
    }
    follow(site, usedByOthersOn(gpu, { pids: ours.pids, reservedBytes: site.ledger.reservedBytes }), gpu.processes);
  }
  for (const site of sites.filter(({ device }) => device.kind === 'host')) {
    const usedByOthersBytes = await usedByOthers(ours.pids);
    if (usedByOthersBytes !== undefined) follow(site, usedByOthersBytes); // else not known now: the last answer holds
  }
  return listed ? cards.filter(({ seen }) => seen?.trouble !== undefined) : [];
}

function follow(site: Site, usedByOthersBytes: number, processes?: DeviceView['processes']): void {
  site.seen = { usedByOthersBytes, ...(processes && { processes }) };
  site.ledger.resize(capacityBeside(site.device, usedByOthersBytes));
}

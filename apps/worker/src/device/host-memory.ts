/** @file What of the host's memory is in use, and by whom: Linux says it in /proc and /sys. */
import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { constrainedMemory } from 'node:process';
import { readGroup } from './control-group.js';

const KIB = 1024;

/** Memory of the host: what the control group allows, where there is one. */
export function hostBytes({ physical, limit }: { physical: number; limit: number | undefined } = ownHost()): number {
  // Without a limit the kernel answers 0 or a number near 2^63.
  return limit !== undefined && limit > 0 && limit < physical ? limit : physical;
}

function ownHost() {
  return { physical: totalmem(), limit: constrainedMemory() };
}

/**
 * Bytes that others than these processes hold, as far as the kernel could not take them back.
 *
 * @returns undefined on a system without /proc
 */
export async function usedByOthers(pids: readonly number[]): Promise<number | undefined> {
  const [meminfo, ...own] = await Promise.all([
    read('/proc/meminfo'),
    ...pids.map((pid) => read(`/proc/${pid}/status`)),
  ]);
  if (meminfo === undefined) return undefined;
  const total = hostBytes();
  const group = total < totalmem() ? await groupUsage() : undefined;
  const free = availableBytes({ meminfo, total, ...(group && { group }) });
  const ours = own.reduce((sum, status) => sum + residentBytes(status ?? ''), 0);
  return Math.max(0, total - free - ours);
}

interface GroupUsage {
  usedBytes: number;
  /** The part of it that is page cache and may be dropped. */
  cacheBytes: number;
}

/**
 * What a control group holds, with the groups below it.
 * @param from see `readGroup`
 */
export async function groupUsage(from: Parameters<typeof readGroup>[1] = {}): Promise<GroupUsage | undefined> {
  const usage = readGroup('usage', from);
  if (!usage) return undefined;
  const stat = (await read(join(usage.folder, 'memory.stat'))) ?? '';
  // Version 1 has the group alone under the name that version 2 has for all below it.
  const cacheBytes = number(stat, /^total_inactive_file (\d+)/m) || number(stat, /^inactive_file (\d+)/m);
  return { usedBytes: Number(usage.text), cacheBytes };
}

/**
 * What could still be had, the smaller of machine and control group; page cache that may be dropped counts as free.
 * @param of.meminfo text of /proc/meminfo
 */
export function availableBytes({
  meminfo,
  total,
  group,
}: {
  meminfo: string;
  total: number;
  group?: GroupUsage;
}): number {
  const machine = number(meminfo, /^MemAvailable:\s+(\d+) kB/m) * KIB;
  return group ? Math.min(machine, total - (group.usedBytes - group.cacheBytes)) : machine;
}

/** Resident memory in the text of /proc/<pid>/status that no other process shares by a file. */
export function residentBytes(status: string): number {
  return number(status, /^RssAnon:\s+(\d+) kB/m) * KIB;
}

const number = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);

/** A file that is not there says nothing: another system, or a process that ended. */
const read = (path: string) => readFile(path, 'utf8').catch(() => undefined);

/** @file Where the kernel accounts the memory of this process: its control group, of version 2 or 1. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const mount = '/sys/fs/cgroup';

/** Files of a group about memory. */
const files = {
  2: { usage: 'memory.current', kills: 'memory.events' },
  1: { usage: 'memory.usage_in_bytes', kills: 'memory.oom_control' },
} as const;

/**
 * Text of a file of the control group that limits this process's memory, whichever version it is of.
 *
 * @param from.groups text of /proc/self/cgroup
 * @param from.root where control groups are mounted
 * @returns the file and its folder; undefined where there is none: another system, or a container that hides it
 */
export function readGroup(
  what: 'usage' | 'kills',
  { groups = read('/proc/self/cgroup') ?? '', root = mount }: { groups?: string; root?: string } = {},
): { text: string; folder: string } | undefined {
  for (const { version, folders } of memoryGroups(groups, root)) {
    for (const folder of folders) {
      const text = read(join(folder, files[version][what]));
      if (text !== undefined) return { text, folder };
    }
  }
  return undefined;
}

/** The group as /proc/self/cgroup names it; in a container its own group is the root of what it sees. */
function memoryGroups(groups: string, root: string) {
  const lines = groups.split('\n').map((line) => line.split(':') as [string, string?, string?]);
  const unified = lines.find(([, controllers]) => controllers === '')?.[2];
  const memory = lines.find(([, controllers]) => controllers?.split(',').includes('memory'))?.[2];
  const within = (folder: string, path: string | undefined) =>
    path === undefined ? [folder] : [join(folder, path), folder];
  return [
    { version: 2, folders: within(root, unified) },
    { version: 1, folders: within(join(root, 'memory'), memory) },
  ] as const;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not there, or hidden
  }
}

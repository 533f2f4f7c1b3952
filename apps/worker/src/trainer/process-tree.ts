/** @file The processes of a program and of all that it started, by an entry of their environment. Linux only: elsewhere the program alone. */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const pageBytes = 4096;

export interface ProcessTree {
  pids: number[];
  /** Resident memory of all together. */
  bytes: number;
}

/** Processes whose environment holds `NAME=value`, whoever their parent is by now: a child that left its group is found too. */
export function processTree(entry: string): ProcessTree {
  const wanted = Buffer.from(`\0${entry}\0`);
  let bytes = 0;
  const pids: number[] = [];
  for (const name of existsSync('/proc') ? readdirSync('/proc') : []) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const environment = Buffer.concat([Buffer.of(0), readFileSync(`/proc/${name}/environ`), Buffer.of(0)]);
      if (!environment.includes(wanted)) continue;
      const [, resident = '0', shared = '0'] = readFileSync(`/proc/${name}/statm`, 'utf8').split(' ');
      pids.push(pid);
      // Pages of libraries and of a fork are counted once: with the first of them.
      bytes += (Number(resident) - (pids.length > 1 ? Number(shared) : 0)) * pageBytes;
    } catch {
      // The process belongs to another user, or is gone.
    }
  }
  return { pids, bytes };
}

/** Kills all of them, also what they start meanwhile. @returns how many there were */
export function killTree(entry: string): number {
  const seen = new Set<number>();
  for (let round = 0; round < 10; round += 1) {
    const { pids } = processTree(entry);
    const alive = pids.filter((pid) => !isZombie(pid));
    if (alive.length === 0) break;
    for (const pid of alive) {
      seen.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone by itself.
      }
    }
  }
  return seen.size;
}

function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

const run = promisify(execFile);

/** Bytes of cards that these processes hold, by nvidia-smi; undefined where there is none. */
export async function bytesOnCards(pids: readonly number[]): Promise<number | undefined> {
  try {
    const { stdout } = await run(
      'nvidia-smi',
      ['--query-compute-apps=pid,used_memory', '--format=csv,noheader,nounits'],
      {
        timeout: 5000,
      },
    );
    const rows = stdout.split('\n').map((line) => line.split(',').map((part) => Number(part.trim())));
    const own = rows.filter(([pid]) => pids.includes(pid!));
    return own.reduce((sum, [, mib = 0]) => sum + (Number.isFinite(mib) ? mib * 1024 * 1024 : 0), 0);
  } catch {
    return undefined;
  }
}

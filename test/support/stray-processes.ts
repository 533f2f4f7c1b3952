import { readdir, readFile } from 'node:fs/promises';
import { commandLine } from '@rankforge/cli';

/**
 * Processes whose environment holds `entry` (`NAME=value`), whoever their parent is by now. Linux only: other systems do not
 * show the environment of a process, and there the answer is empty.
 */
export async function strayProcesses(entry: string): Promise<{ pid: number; command: string }[]> {
  if (process.platform !== 'linux') return [];
  const found: { pid: number; command: string }[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(entry)) continue;
    const command = await commandLine(pid);
    if (command) found.push({ pid, command });
  }
  return found;
}

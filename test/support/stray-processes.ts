import { readdir, readFile } from 'node:fs/promises';
import { commandLine } from '@rankforge/cli';

export interface RunningProcess {
  pid: number;
  command: string;
}

/**
 * Processes whose environment holds `entry` (`NAME=value`), whoever their parent is by now. Linux only: other systems do not
 * show the environment of a process, and there the answer is empty.
 */
export async function strayProcesses(entry: string): Promise<RunningProcess[]> {
  return runningProcesses(async (pid) => {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    return environment.split('\0').includes(entry);
  });
}

/** Processes whose command line holds a text, such as the folder they work on. Linux only. */
export async function processesNaming(text: string): Promise<RunningProcess[]> {
  return runningProcesses(async (pid) => ((await commandLine(pid)) ?? '').includes(text));
}

async function runningProcesses(isWanted: (pid: number) => Promise<boolean>): Promise<RunningProcess[]> {
  if (process.platform !== 'linux') return [];
  const found: RunningProcess[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || !(await isWanted(pid))) continue;
    const command = await commandLine(pid);
    if (command) found.push({ pid, command });
  }
  return found;
}

import { readdir, readFile } from 'node:fs/promises';
import { commandLine, parentOf } from '@rankforge/cli';

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

/** Processes that this one has started. Linux only; `ps` need not be installed. */
export async function childrenOf(pid: number): Promise<RunningProcess[]> {
  return runningProcesses(async (child) => (await parentOf(child)) === pid);
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

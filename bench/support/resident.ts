import { readFile } from 'node:fs/promises';

/** The most bytes of memory that this process has had so far; undefined where there is no /proc. */
export async function mostResident(): Promise<number | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kib = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]);
  return Number.isFinite(kib) ? 1024 * kib : undefined;
}

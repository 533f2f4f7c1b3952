/** @file Processor time of this process and of all that it started, read from Linux' /proc. */
import { readdir, readFile } from 'node:fs/promises';

/** Linux counts by this clock, whatever that of its kernel. */
const ticksASecond = 100;

/** @returns ms that this process, those it started and those they waited for have computed; undefined where there is no /proc */
export async function processorMs(): Promise<number | undefined> {
  const names = await readdir('/proc').catch(() => []);
  const read = async (pid: string) => {
    // The name of the program stands in parentheses and may hold spaces.
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    const fields = text
      ?.slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return (
      fields && { pid: Number(pid), parent: fields[1]!, ticks: fields.slice(11, 15).reduce((sum, n) => sum + n, 0) }
    );
  };
  const all = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(read));
  const processes = all.filter((one) => one !== undefined);
  const ticksOf = (pid: number): number =>
    processes.reduce((sum, one) => sum + (one.pid === pid ? one.ticks : one.parent === pid ? ticksOf(one.pid) : 0), 0);
  return processes.length > 0 ? (ticksOf(process.pid) / ticksASecond) * 1000 : undefined;
}

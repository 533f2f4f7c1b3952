/** @file The one process, of all machines that share a folder, that writes into it. */
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** The folder belongs to another process. */
export class OwnedError extends Error {
  override readonly name = 'OwnedError';
}

/** Between two signs of life. */
const signMs = 10_000;
/** A process of another machine that gave none for so long has ended; clocks of machines differ. */
const goneMs = 120_000;

const me = `${hostname()} ${process.pid}`;
/** Files by which this process owns a folder. */
const mine = new Set<string>();

/**
 * Makes this process the only one that writes into a folder; one that has ended is no hindrance. Whether one of this machine has is
 * known at once; one of another, or of a container that is gone, is heard no more.
 *
 * @returns a function that gives the folder back
 * @throws OwnedError naming the process that has it
 */
export async function takeAlone(folder: string): Promise<() => Promise<void>> {
  const file = `${folder}.owner`;
  for (;;) {
    try {
      await writeFile(file, me, { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = await livingOwner(file);
    if (owner !== undefined) {
      throw new OwnedError(`${owner} downloads the same model (${folder}): wait for its end`);
    }
    await rm(file, { force: true });
  }
  mine.add(file);
  const signs = setInterval(() => {
    utimes(file, new Date(), new Date()).catch(() => undefined);
  }, signMs);
  signs.unref();
  return async () => {
    clearInterval(signs);
    mine.delete(file);
    await rm(file, { force: true });
  };
}

/** Says who has a folder; undefined where nobody does any more. */
async function livingOwner(file: string): Promise<string | undefined> {
  const [owner, heard] = await Promise.all([readFile(file, 'utf8'), stat(file)]).catch(() => []);
  if (owner === undefined || heard === undefined) return undefined;
  const [host, pid] = owner.split(' ');
  if (host === hostname()) {
    const isLiving = owner === me ? mine.has(file) : lives(Number(pid));
    return isLiving ? `process ${pid}` : undefined;
  }
  const silentMs = Date.now() - heard.mtimeMs;
  if (silentMs > goneMs) return undefined;
  return `a process of another machine or container (${owner}, heard ${Math.max(0, Math.round(silentMs / 1000))} s ago)`;
}

/** Whether a process of this machine is there. */
export function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** @file The one process, of all machines that share a folder, that writes into it. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** The folder belongs to another process. */
export class OwnedError extends Error {
  override readonly name = 'OwnedError';
}

/** Between two signs of life. */
const signMs = 10_000;
/** A process that gave none for so long has ended; clocks of machines differ. */
const goneMs = 120_000;

/**
 * Where a number of a process names this one: the start of this machine, and the namespace of its processes. Containers may share the
 * name of their host, and a number is that of another process after a machine was started again.
 */
export const here = createHash('sha256')
  .update(
    [
      read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
      read(() => readlinkSync('/proc/self/ns/pid')),
    ].join(),
  )
  .digest('hex')
  .slice(0, 12);

/** The system's word on itself; nothing where it has no such file. */
function read(file: () => string): string {
  try {
    return file();
  } catch {
    return '';
  }
}

const me = `${hostname()} ${process.pid} ${here}`;
/** Files by which this process owns a folder. */
const mine = new Set<string>();

/**
 * Makes this process the only one that writes into a folder; one that has ended is no hindrance. Whether one of this machine has is
 * known at once, unless another has its number by now; one of another machine, or of a container that is gone, is heard no more.
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
      throw new OwnedError(
        `${owner} downloads the same model (${folder}): wait for its end; if there is no such process, remove ${file}`,
      );
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
    // Another process took it over where this one gave no sign for long, as on a machine that slept.
    if ((await readFile(file, 'utf8').catch(() => undefined)) === me) await rm(file, { force: true });
  };
}

/** Says who has a folder; undefined where nobody does any more. */
async function livingOwner(file: string): Promise<string | undefined> {
  const [owner, heard] = await Promise.all([readFile(file, 'utf8'), stat(file)]).catch(() => []);
  if (owner === undefined || heard === undefined) return undefined;
  if (owner === me) return mine.has(file) ? `process ${process.pid}` : undefined;
  const [host, pid, place] = owner.split(' ');
  const silentMs = Date.now() - heard.mtimeMs;
  if (silentMs > goneMs) return undefined;
  const signs = `heard ${Math.max(0, Math.round(silentMs / 1000))} s ago`;
  if (host !== hostname() || place !== here) {
    return `a process of another machine or container (${host} ${pid}, ${signs})`;
  }
  return lives(Number(pid)) ? `process ${pid} (${signs})` : undefined;
}

/** Whether a process of this machine, or container, is there. */
export function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

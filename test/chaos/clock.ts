/** @file The clock of a program: libfaketime reads from a file how far it is from the true time, at every look at the clock. */
import { existsSync, readdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where this machine has libfaketime. */
export function findFaketime(): string | undefined {
  const folders = ['/usr/lib', '/usr/lib64', ...foldersIn('/usr/lib')];
  return folders.map((folder) => join(folder, 'faketime/libfaketime.so.1')).find((file) => existsSync(file));
}

function foldersIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}

/** Environment of a program whose clock follows a file. */
export function clockEnvironment(library: string, file: string): NodeJS.ProcessEnv {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    // Timers run by the monotonic clock, which no clock jump touches.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

/**
 * Moves a clock by seconds from the true time. The file is replaced whole: a file that is written in place is empty for a
 * moment, and libfaketime ends a program that looks at its clock then, with status 1.
 */
export async function setClock(file: string, seconds: number): Promise<void> {
  const next = `${file}.next`;
  await writeFile(next, `${seconds < 0 ? '' : '+'}${seconds}`);
  await rename(next, file);
}

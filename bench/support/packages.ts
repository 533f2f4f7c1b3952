/** @file Packages of Python that a bench is held against, beside those of an interpreter that is there already. */
import { access, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Installs packages beside those of another Python, into a folder that is kept for the next run.
 *
 * @param name of the module whose presence says that they are there
 * @param wanted arguments of `pip install`
 * @returns the folder for its PYTHONPATH
 */
export async function packagesBeside(python: string, name: string, wanted: readonly string[]): Promise<string> {
  const folder = join(tmpdir(), `rankforge-bench-${name}-packages`);
  const present = await access(join(folder, name)).then(
    () => true,
    () => false,
  );
  if (present) return folder;
  try {
    await execa(python, ['-m', 'pip', 'install', '--quiet', '--target', folder, ...wanted]);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

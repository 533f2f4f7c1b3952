/** @file A build of the programs with another contract, to run beside this one. */
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Copies what was built to a folder of its own and changes the one constant there. The packages of the registry are
 * shared by links.
 * @returns the folder; `apps/worker/dist/main.js` in it is the worker
 */
export async function buildOfContract(contract: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `rankforge-contract-${contract}-`));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@rankforge'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@rankforge') await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  for (const group of ['libs', 'apps']) {
    for (const name of await readdir(join(root, group))) {
      for (const part of ['package.json', 'dist']) {
        await cp(join(root, group, name, part), join(folder, group, name, part), { recursive: true });
      }
      await symlink(join(folder, group, name), join(modules, '@rankforge', name));
    }
  }
  const file = join(folder, 'libs/contracts/dist/worker.js');
  const built = await readFile(file, 'utf8');
  const changed = built.replace(/^export const workerContract = \d+;/m, `export const workerContract = ${contract};`);
  if (changed === built) throw new Error(`${file} has no contract to change, or it is ${contract} already`);
  await writeFile(file, changed);
  return folder;
}

/**
 * Copies base models into a models folder: node copy-models.mjs FROM TO. Each appears whole or not at all, those that are there
 * stay, and several copies may run at once.
 */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const [from, to] = process.argv.slice(2);
if (!from || !to) {
  console.error('expected two folders: node copy-models.mjs FROM TO');
  process.exit(2);
}
for (const name of await readdir(from)) {
  if (existsSync(join(to, name))) continue;
  const staging = await mkdtemp(join(to, '.copying-'));
  try {
    await cp(join(from, name), join(staging, name), { recursive: true });
    await rename(join(staging, name), join(to, name));
    console.log(`copied ${name}`);
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes(error.code)) throw error; // another copy was faster
  } finally {
    await rm(staging, { recursive: true });
  }
}

import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalSetupError } from './errors.js';
import { identityOf, runningProcess } from './process-identity.js';

/**
 * Makes this process the only one that runs services in `dir`. A lock left by a process that is gone is taken over.
 *
 * @throws LocalSetupError when a live process holds it.
 * @returns a function that gives the lock back.
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  const file = join(dir, 'lock');
  const mine = await identityOf(process.pid);
  const draft = join(dir, `lock.${process.pid}`);
  await writeFile(draft, mine);
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (await linked(draft, file)) return () => rm(file, { force: true });
      const held = await readFile(file, 'utf8').catch(() => undefined);
      if (held === undefined) continue;
      const owner = await runningProcess(held);
      if (owner !== undefined) {
        throw new LocalSetupError(
          `another rankforge (process ${owner}) already runs on ${dir}. Stop it with Ctrl-C or \`kill ${owner}\`, ` +
            'or set RANKFORGE_HOME to another folder.',
        );
      }
      await removeStale(file, held, join(dir, `lock.stale.${process.pid}`));
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new LocalSetupError(`could not take ${file}: several programs are fighting over it. Try again.`);
}

/** `link` is atomic: it fails when the name exists. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the stale lock aside and, should another process have replaced it meanwhile, puts that one back. */
async function removeStale(file: string, stale: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== stale) await linked(aside, file);
  await rm(aside, { force: true });
}

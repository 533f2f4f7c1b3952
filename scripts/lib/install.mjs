import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildLock, launcherLock, ownerOf, withLock } from './lock.mjs';
import { root } from './root.mjs';
import { run } from './run.mjs';

/** Runs `npm ci` when `node_modules` is not what `package-lock.json` says, and no platform runs on it. */
export function ensureInstalled() {
  const reason = () => whyStale(readLock('package-lock.json'), readLock('node_modules/.package-lock.json'));
  if (!reason()) return;
  withLock(buildLock, () => {
    // Whoever was waited for may have installed them.
    const why = reason();
    if (!why) return;
    const running = runningOn([process.env.RANKFORGE_HOME, '.rankforge', '.rankforge-dev']);
    if (running) {
      console.error(
        `rankforge: packages must be installed (${why}), and ${running}: stop it, and run this command again`,
      );
      process.exit(6);
    }
    run(`installing packages (${why})`, 'npm', installing);
  });
}

/** What a build and the local servers need, also under NODE_ENV=production, with which npm leaves the compiler out. */
export const installing = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];

/** Says which process runs a platform in one of these folders; `npm ci` would take the modules away that it has not loaded yet. */
export function runningOn(homes) {
  for (const home of homes.filter(Boolean).map((each) => resolve(root, each))) {
    const pid = ownerOf(launcherLock(home));
    if (pid !== undefined && pid !== process.pid) return `process ${pid} runs the platform in ${home}`;
  }
  return undefined;
}

/**
 * npm writes what it has installed to `node_modules/.package-lock.json`. Undefined when that agrees with the lock file, else
 * the first difference. Optional packages may be missing: they are for other machines.
 */
export function whyStale(wanted, installed) {
  if (!installed) return 'node_modules is missing';
  for (const [path, entry] of Object.entries(wanted?.packages ?? {})) {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) continue;
    const found = installed.packages?.[path];
    if (!found) {
      if (entry.optional || entry.devOptional || entry.peer) continue;
      return `${path} is missing`;
    }
    if (entry.version !== found.version) return `${path} is ${found.version}, not ${entry.version}`;
    if (entry.link && !existsSync(join(root, path))) return `${path} is missing`;
  }
  return undefined;
}

function readLock(file) {
  const path = join(root, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

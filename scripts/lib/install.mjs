import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';

/** Runs `npm ci` when `node_modules` is not what `package-lock.json` says. */
export function ensureInstalled() {
  const reason = whyStale(readLock('package-lock.json'), readLock('node_modules/.package-lock.json'));
  if (!reason) return;
  run(`installing packages (${reason})`, 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
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

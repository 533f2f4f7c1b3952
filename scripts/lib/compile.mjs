import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { leftOut } from './stale.mjs';

/**
 * The native compiler, a program of `node_modules`. The package `typescript` stays at the last version with the interface that
 * tools read, such as the one that writes the types of the client.
 */
export const compiler = 'typescript-7/bin/tsc';

/**
 * Brings projects of TypeScript up to date, with those that they refer to; the whole repository when none is named. A package of which
 * a product is missing is compiled anew: the compiler (7.0) was seen to leave out a file that had been moved, without a word.
 */
export function compile(what, ...projects) {
  const compileOnce = () => run(what, process.execPath, [`node_modules/${compiler}`, '-b', ...projects]);
  compileOnce();
  const packages = leftOut();
  if (packages.length === 0) return;
  for (const compilation of packages) rmSync(join(root, compilation));
  compileOnce();
}

import { run } from './run.mjs';

/**
 * The native compiler, a program of `node_modules`. The package `typescript` stays at the last version with the interface that
 * tools read, such as the one that writes the types of the client.
 */
export const compiler = 'typescript-7/bin/tsc';

/** Brings projects of TypeScript up to date, with those that they refer to; the whole repository when none is named. */
export function compile(what, ...projects) {
  run(what, process.execPath, [`node_modules/${compiler}`, '-b', ...projects]);
}

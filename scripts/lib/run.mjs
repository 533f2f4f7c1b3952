import { spawnSync } from 'node:child_process';
import { root } from './root.mjs';

/** Runs a program in the checkout with this terminal, and ends the script with its status when it fails. */
export function run(what, command, args, options = {}) {
  console.log(`rankforge: ${what}`);
  const started = Date.now();
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw new Error(`${what}: could not start ${command}`, { cause: error });
  if (status !== 0) {
    console.error(`rankforge: ${what} failed (${signal ?? `exit ${status}`}): ${command} ${args.join(' ')}`);
    process.exit(status || 1);
  }
  console.log(`rankforge: ${what} took ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

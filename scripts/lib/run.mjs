import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { root } from './root.mjs';

/** Runs a program as `attempt` does, and ends the script with its status when it fails. */
export function run(what, command, args, options) {
  try {
    attempt(what, command, args, options);
  } catch (error) {
    if (error.status === undefined) throw error;
    console.error(`rankforge: ${error.message}`);
    process.exit(error.status);
  }
}

/**
 * Runs a program in the checkout with this terminal. A quiet one is only heard when it fails. Where nobody watches a terminal, as
 * in a pipe or a log, a line says every `aliveMs` that it still runs.
 *
 * @throws Error with the `status` of a program that fails
 */
export function attempt(what, command, args, { quiet = false, aliveMs = 20_000, ...options } = {}) {
  // Not to standard output, which is what a command answers.
  console.error(`rankforge: ${what}`);
  const started = Date.now();
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const watched = process.stderr.isTTY;
  const workerData = { what, everyMs: aliveMs };
  const alive = watched ? undefined : new Worker(new URL('./alive.mjs', import.meta.url), { workerData, execArgv: [] });
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, { cwd: root, stdio, ...options });
  void alive?.terminate();
  if (error) throw new Error(`${what}: could not start ${command}`, { cause: error });
  if (status !== 0) {
    if (quiet) process.stderr.write(`${stdout}${stderr}`);
    const message = `${what} failed (${signal ?? `exit ${status}`}): ${command} ${args.join(' ')}`;
    throw Object.assign(new Error(message), { status: status || 1 });
  }
  console.error(`rankforge: ${what} took ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

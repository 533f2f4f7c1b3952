import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { root } from './root.mjs';

/**
 * Runs a program in the checkout with this terminal, and ends the script with its status when it fails. A quiet one is only
 * heard when it fails. Where nobody watches a terminal, as in a pipe or a log, a line says every `aliveMs` that it still runs.
 */
export function run(what, command, args, { quiet = false, aliveMs = 20_000, ...options } = {}) {
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
    console.error(`rankforge: ${what} failed (${signal ?? `exit ${status}`}): ${command} ${args.join(' ')}`);
    process.exit(status || 1);
  }
  console.error(`rankforge: ${what} took ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** @file The command line of this checkout, for examples that are programs: what they run is said on failure, and they end with it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../scripts/rankforge.mjs', import.meta.url));

/** Runs a command and returns what it printed; the example ends with status 2 where the command fails. */
export function rankforge(...args) {
  const { status, stdout } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 27,
  });
  if (status !== 0) fail(`rankforge ${args.join(' ')} ended with status ${status}`);
  return stdout;
}

/** The same with `--json`, read. */
export const json = (...args) => JSON.parse(rankforge('--json', ...args));

export function fail(message) {
  console.error(`example: ${message}`);
  process.exit(2);
}

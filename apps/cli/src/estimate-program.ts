/** @file `rankforge-estimate`: the command `estimate` as a program of its own, which the build makes one file of, packages included. */
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { makeEstimates } from './commands/estimate.js';
import { endWithReader, runProgram } from './run-program.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const { env } = process;

const folders = {
  cache: () => (env.RANKFORGE_HOME ? resolve(env.RANKFORGE_HOME, 'cache') : join(homedir(), '.cache', 'rankforge')),
  models: () => (env.RANKFORGE_MODELS_DIR ? resolve(env.RANKFORGE_MODELS_DIR) : undefined),
};

/** Runs the command line of this process and sets its exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  endWithReader();
  const command = new Command('rankforge-estimate')
    .option('--json', 'print the value itself instead of a table')
    .version(version)
    .showHelpAfterError('(--help says what there is)')
    .exitOverride();
  await runProgram(() => makeEstimates(command, folders).parseAsync(argv.slice(2), { from: 'user' }));
}

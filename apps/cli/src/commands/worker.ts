import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { engineNames } from '@rankforge/contracts';
import { type Command, Option } from 'commander';
import { ownEngines } from '../engines/own-engines.js';
import { CommandError, exitCode } from '../exit-codes.js';
import { enginesFolder, programs, rankforgeHome } from '../local/paths.js';
import { readState } from '../local/state.js';
import { watchdog } from '../local/watchdog.js';
import { say } from '../output/print.js';
import { optionsOf, wholeAboveZero } from './options.js';

interface WorkerOptions {
  name?: string;
  slots?: number;
  engines?: string[];
}

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('Run a worker in this terminal, on DATABASE_URL and REDIS_URL or on the platform in .rankforge/')
    .option('--name <name>', 'name that people see')
    .option('--slots <n>', 'trials at once (default: cores)', wholeAboveZero)
    .addOption(
      new Option(
        '--engines <names...>',
        'engines it runs (default: RANKFORGE_ENGINES, else wasm and, where it was added, tensorflow)',
      ).choices(engineNames),
    )
    .action(async (_: unknown, command: Command) => {
      process.exitCode = await runWorker(optionsOf<WorkerOptions>(command));
    });
}

async function runWorker(options: WorkerOptions): Promise<number> {
  if (!existsSync(programs.worker)) throw new CommandError('the worker is not compiled: npm run build', exitCode.setup);
  const env: NodeJS.ProcessEnv = { ...process.env, ...(await serversOf(process.env)) };
  if (options.name) env.RANKFORGE_WORKER_NAME = options.name;
  if (options.slots) env.RANKFORGE_WORKER_SLOTS = String(options.slots);
  if (options.engines) env.RANKFORGE_ENGINES = options.engines.join(',');
  if (env.RANKFORGE_ENGINES === undefined) {
    const { names, leftOut } = await ownEngines(enginesFolder(env));
    if (leftOut !== undefined) say(leftOut);
    env.RANKFORGE_ENGINES = names.join(',');
  }
  const guard = await watchdog();
  const child = spawn(process.execPath, [programs.worker], { env, stdio: 'inherit' });
  if (child.pid) guard.watch(child.pid, 'SIGTERM');
  // Ctrl-C reaches the worker by itself; this process only waits until it has handed back its trials.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(code ?? (signal === 'SIGINT' ? exitCode.interrupted : exitCode.unexpected)),
    );
  });
}

async function serversOf(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const home = rankforgeHome(env);
  const state = await readState(home);
  const databaseUrl = env.DATABASE_URL ?? state.databaseUrl;
  const redisUrl = env.REDIS_URL ?? state.redisUrl;
  if (databaseUrl && redisUrl) {
    return {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      RANKFORGE_DATA_DIR: env.RANKFORGE_DATA_DIR ?? `${home}/data`,
    };
  }
  throw new CommandError(
    'no database and Redis are known: start them with `rankforge up`, or set DATABASE_URL and REDIS_URL.',
    exitCode.unreachable,
  );
}

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreateSweep } from '@rankforge/client';
import { SweepDetail } from '@rankforge/contracts';
import type { Command } from 'commander';
import pc from 'picocolors';
import { exitCode } from '../exit-codes.js';
import { onNpmGone } from '../local/launcher.js';
import { keptFolders, rankforgeHome, repositoryRoot } from '../local/paths.js';
import { boardText } from '../output/board-text.js';
import { say } from '../output/print.js';
import type { LocalPlatform } from '../platform.js';
import { boardOf, describeEnd, patiently, statusOfSweep, watchSweep } from '../watch.js';
import { optionsOf } from './options.js';

interface UpOptions {
  demo?: boolean;
  full?: boolean;
  once?: boolean;
}

const upHelp = `
Environment:
  RANKFORGE_HOME           folder of servers, keys and logs (default: .rankforge in the checkout)
  RANKFORGE_PORT           port of the page and the API (default: the last one, else the first free one from 8080)
  RANKFORGE_HOST           address it listens on (default: 127.0.0.1)
  RANKFORGE_START_SECONDS  in which each server and program has to serve, 1 to 3600 (default: 180)
  DATABASE_URL, REDIS_URL  servers that are there already, in the place of private ones
Those of the API and of workers are passed on, such as RANKFORGE_WORKER_SLOTS.`;

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('Run the whole platform on this machine; Ctrl-C ends it')
    .option('--demo', 'submit the demo sweep, show its progress and print its leaderboard')
    .option('--full', 'also run the second demo sweep (SpamAssassin); implies --demo')
    .option('--once', 'end by itself; exit status 5 when a trial failed for another reason than its budget')
    .addHelpText('after', upHelp)
    .action(async (_: unknown, command: Command) => {
      process.exitCode = await up(optionsOf<UpOptions>(command));
    });
}

/** npm passes on the Ctrl-C that the terminal has sent to this process as well: that is one signal, not two. */
const echoMs = 1_000;

async function up(options: UpOptions): Promise<number> {
  const interrupt = new AbortController();
  let platform: LocalPlatform | undefined;
  let firstSignalAt: number | undefined;
  const onSignal = () => {
    if (firstSignalAt === undefined) {
      firstSignalAt = Date.now();
      say('\nstopping (trials under way are handed back; once more to stop at once)');
      interrupt.abort();
    } else if (Date.now() - firstSignalAt > echoMs) {
      // While it starts there is no platform yet; the watchdog stops what runs by then.
      if (!platform) process.exit(exitCode.interrupted);
      void platform.stop();
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const stopWatching = await onNpmGone(onSignal);
  const interrupted = new Promise<'interrupted'>((resolve) => {
    interrupt.signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  try {
    // Loaded when it is needed: other commands start without the client of Postgres.
    const { startPlatform } = await import('../platform.js');
    const { signal } = interrupt;
    platform = await startPlatform({ home: rankforgeHome(), onProgress: say, signal }).catch((error) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (!platform || signal.aborted) return exitCode.interrupted;
    const address = `dashboard ${pc.cyan(signInAddress(platform))}`;
    // A demo prints much: the address stands above it and once more below it.
    const isDemo = options.demo || options.full || options.once;
    if (isDemo) say(address);
    const broken = platform.broken.then((why) => ({ why }));
    const work = runDemos(platform, options, interrupt.signal);
    // A rejection after the race was decided is the interruption's own.
    work.catch(() => {});
    const first = await Promise.race([work, interrupted, broken]);
    if (first === 'interrupted') return exitCode.interrupted;
    if (typeof first === 'object') return failed(first.why);
    if (options.once) return first;
    say(`${isDemo ? '\n' : ''}${address}\nCtrl-C ends it; what it knows stays in ${keptFolders().join(' and ')}`);
    const second = await Promise.race([interrupted, broken]);
    return second === 'interrupted' ? exitCode.ok : failed(second.why);
  } finally {
    stopWatching();
    await platform?.stop();
    for (const signal of signals) process.off(signal, onSignal);
  }
}

function failed(why: string): number {
  say(pc.red(why));
  return exitCode.unexpected;
}

/** The fragment stays in the browser; the page signs in with it and takes it out of the address. */
const signInAddress = (platform: LocalPlatform) => `${platform.url}/#key=${platform.key}`;

async function runDemos(platform: LocalPlatform, options: UpOptions, signal: AbortSignal): Promise<number> {
  const specs = [
    ...(options.demo || options.full ? ['examples/01-moby-dick/sweep.json'] : []),
    ...(options.full ? ['examples/02-spam-assassin/sweep.json'] : []),
  ];
  let status: number = exitCode.ok;
  for (const spec of specs) {
    const body: CreateSweep = JSON.parse(await readFile(join(repositoryRoot, spec), 'utf8'));
    const params = { header: { 'Idempotency-Key': randomUUID() } };
    const sweep = await patiently(() => platform.client.post('/v1/sweeps', SweepDetail, { body, params }), { signal });
    say(`${pc.bold(sweep.name)}: ${sweep.total} trials, ${sweep.known} known already (${spec})`);
    const ended = await watchSweep(platform.client, sweep.id, { signal });
    const board = await boardOf(platform.client, ended, { signal });
    process.stdout.write(`\n${boardText(board, { by: 'method', sweepId: ended.id })}\n`);
    say(describeEnd(ended));
    status = Math.max(status, statusOfSweep(ended));
  }
  return status;
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const bin = fileURLToPath(new URL('../../bin/rankforge.js', import.meta.url));

export interface Ran {
  status: number;
  out: string;
  err: string;
}

const limitMs = 60_000;

/**
 * Runs a command line; nothing of this process's own settings reaches it. One process runs those of all files one after another;
 * a command line that comes while it is busy runs as `spawnRankforge()` does.
 */
export async function rankforge(args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Ran> {
  if (busy) return spawnRankforge(args, env, input);
  busy = true;
  try {
    return await runInHost({ args, env: environment(env), input });
  } finally {
    busy = false;
  }
}

/** Runs a command line as a user does, in a process of its own that must end by itself. */
export async function spawnRankforge(args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Ran> {
  const ran = await execa(process.execPath, [bin, ...args], {
    env: environment(env),
    extendEnv: false,
    input,
    reject: false,
    timeout: limitMs,
  });
  return { status: ran.exitCode ?? -1, out: ran.stdout, err: ran.stderr };
}

let host: ChildProcess | undefined;
let busy = false;

interface CommandLine {
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  input: string;
}

async function runInHost(commandLine: CommandLine): Promise<Ran> {
  if (!host?.connected) host = fork(new URL('command-host.mjs', import.meta.url), { env: environment({}) });
  const running = host;
  running.ref();
  running.channel?.ref();
  running.send(commandLine);
  const ended = new AbortController();
  try {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(limitMs)]);
    return await Promise.race([
      once(running, 'message', { signal }).then(([answer]) => answer as Ran),
      once(running, 'exit', { signal }).then(([status]) => ({ status: status ?? -1, out: '', err: 'the host ended' })),
    ]);
  } catch (error) {
    running.kill('SIGKILL');
    throw new Error(`\`rankforge ${commandLine.args.join(' ')}\` did not end within ${limitMs / 1000} s`, {
      cause: error,
    });
  } finally {
    ended.abort();
    // The process that runs the tests ends when the tests do, and its end is the host's.
    running.unref();
    running.channel?.unref();
  }
}

/** A command finds these of the machine: its programs, a home, and authorities that it trusts besides those of Node.js. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PATH, HOME, NODE_EXTRA_CA_CERTS } = process.env;
  return { PATH, HOME, ...(NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS }), NO_COLOR: '1', ...env };
}

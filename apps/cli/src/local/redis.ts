import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import getPort from 'get-port';
import type { Redis } from 'ioredis';
import { readOrMakePassword } from './password.js';
import { identityOf, runningProcess } from './process-identity.js';
import { type Service, startService, stopProcess } from './processes.js';
import { startPatienceMs } from './start-patience.js';
import { ensureProgram, findProgram } from './system-packages.js';
import { serverAt } from './trouble.js';
import { untilAnswers } from './until-answers.js';

export interface RedisOptions {
  /** Holds the append-only files, `password`, `redis.conf`, `redis.pid` and `redis.log`; made when missing. */
  dir: string;
  preferredPort?: number;
  /** Further settings, such as `{ databases: '256' }`. */
  settings?: Readonly<Record<string, string>>;
  /** Milliseconds in which it has to serve. Default: those of `startPatienceMs` in the environment of this process. */
  patienceMs?: number;
  /** Gives up the start. */
  signal?: AbortSignal | undefined;
  /** Told when a package is installed, which can take a while. */
  onProgress?: (line: string) => void;
}

export interface RedisServer {
  readonly port: number;
  readonly pid: number;
  readonly password: string;
  readonly exited: Service['exited'];
  /** `redis://:PASSWORD@127.0.0.1:PORT/DATABASE`. */
  url(database?: number): string;
  stop(): Promise<void>;
}

const programs = ['redis-server', 'valkey-server'];

/** The Redis or Valkey server on this machine, if any. */
export const findRedisServer = (): Promise<string | undefined> => findProgram(programs);

/**
 * Finds `redis-server` or `valkey-server`, installing it when this machine's package manager may.
 *
 * @throws LocalSetupError naming both ways out.
 */
export function ensureRedisServer(onProgress: (line: string) => void = () => {}): Promise<string> {
  return ensureProgram(
    {
      find: findRedisServer,
      pkg: { apt: 'redis-server', brew: 'redis' },
      missing:
        'Redis is needed and neither redis-server nor valkey-server was found. Either install one ' +
        '(`sudo apt-get update && sudo apt-get install redis-server`, or `brew install redis`), or set REDIS_URL to a ' +
        'running server.',
    },
    onProgress,
  );
}

/**
 * Starts a private Redis on 127.0.0.1 with an append-only file, `noeviction` and a password; a later start on the same folder has the
 * same keys and the same password.
 *
 * @throws LocalSetupError when no server program can be had, or it ends at start.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const program = await ensureRedisServer(options.onProgress);
  await mkdir(options.dir, { recursive: true });
  const pidFile = join(options.dir, 'redis.pid');
  await stopLeftover(pidFile);
  const password = await readOrMakePassword(join(options.dir, 'password'));
  // In a file: every user of the machine can read the arguments of a process.
  const configuration = join(options.dir, 'redis.conf');
  await writeFile(configuration, `requirepass ${password}\n`, { mode: 0o600 });
  const port = await getPort({ port: options.preferredPort ? [options.preferredPort] : [], host: '127.0.0.1' });
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: options.dir,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    ...options.settings,
  };
  const service = await startService({
    name: 'redis',
    command: program,
    args: [configuration, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
    logFile: join(options.dir, 'redis.log'),
  });
  try {
    await writeFile(pidFile, await identityOf(service.pid));
    const patienceMs = options.patienceMs ?? startPatienceMs(process.env);
    await untilReady({ port, password }, service, patienceMs, options.signal);
  } catch (error) {
    await service.stop();
    throw error;
  }
  return {
    port,
    pid: service.pid,
    password,
    exited: service.exited,
    url: (database = 0) => `redis://:${password}@127.0.0.1:${port}/${database}`,
    stop: () => service.stop(),
  };
}

/** After kill -9 of a launcher and its watchdog the old server may still run on this folder: it is stopped in order. */
async function stopLeftover(pidFile: string): Promise<void> {
  const pid = await runningProcess(await readFile(pidFile, 'utf8').catch(() => ''));
  if (pid !== undefined) await stopProcess(pid, 'SIGTERM', 20_000);
}

async function untilReady(
  { port, password }: Pick<RedisServer, 'port' | 'password'>,
  service: Service,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<void> {
  // It accepts connections while it still reads its file and says LOADING: only PONG means ready.
  await untilAnswers(
    { name: 'redis', where: ` on port ${port}`, service, patienceMs, pauseMs: 20, signal },
    async () => {
      const answer = await ask('127.0.0.1', port, `AUTH ${password}\r\nPING\r\n`, /\+PONG/);
      return answer !== '';
    },
  );
}

/**
 * The version of the server that `REDIS_URL` leads to.
 *
 * @throws Error saying which cannot be used, and why
 */
export async function redisVersion(env: NodeJS.ProcessEnv): Promise<string> {
  return withRedis(env, async (redis) => {
    const version = /(?:redis|valkey)_version:[\d.]+/.exec(await redis.info('server'))?.[0];
    return `${version}, REDIS_URL`;
  }).catch((cause: Error) => {
    throw new Error(`${serverAt('REDIS_URL', env.REDIS_URL ?? '')} ${cause.message}`, { cause });
  });
}

/**
 * Asks the server that `REDIS_URL` leads to for a sign of life.
 *
 * @returns why it cannot be used; undefined where it can
 */
export async function redisTrouble(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return withRedis(env, (redis) => redis.ping()).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Reaches Redis as API and worker do: through Sentinels and over TLS where the environment says so. */
async function withRedis<T>(env: NodeJS.ProcessEnv, act: (redis: Redis) => Promise<T>): Promise<T> {
  const [{ openRedis }, { redisTls }] = await Promise.all([import('@rankforge/db'), import('@rankforge/contracts')]);
  const redis = openRedis(env.REDIS_URL ?? '', redisTls(env), {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 4_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
  let first: Error | undefined;
  redis.on('error', (error) => {
    first ??= error;
  });
  try {
    await redis.connect();
    return await act(redis);
  } catch (error) {
    throw new Error(troubleOf(first ?? (error as Error)), { cause: error });
  } finally {
    redis.disconnect();
  }
}

/** Errors of a socket that nobody answers say so; TLS, Sentinels and Redis itself have words of their own. */
function troubleOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (/^[A-Z]+ /.test(error.message)) return `answers ${error.message}`;
  if (error.message.includes('timed out') || /^E[A-Z]+$/.test(code ?? '')) return 'does not answer';
  return `cannot be used (${error.message})`;
}

/** Sends a command and waits for an answer that holds `wanted`; empty when none comes. */
function ask(host: string, port: number, command: string, wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 2_000 });
    let received = '';
    const answer = (text: string) => {
      socket.destroy();
      resolve(text);
    };
    socket.once('connect', () => socket.write(command));
    socket.on('data', (data) => {
      received += data.toString();
      const found = wanted.exec(received)?.[0];
      if (found) answer(found);
    });
    socket.once('timeout', () => answer(''));
    socket.once('end', () => answer(''));
    socket.once('error', () => answer(''));
  });
}

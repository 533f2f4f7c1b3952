import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cardsOpenWithinSeconds, engineRecord, WorkerList } from '@rankforge/contracts';
import { applyMigrations, createKey, type Database, hashKeySecret, openDatabase } from '@rankforge/db';
import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import { ApiClient } from './api/client.js';
import { localKeyFile } from './api/connection.js';
import { askLaunched } from './api/launched.js';
import { shownOf } from './engines/addable.js';
import { ownEngines } from './engines/own-engines.js';
import { CommandError, exitCode } from './exit-codes.js';
import { LocalSetupError } from './local/errors.js';
import { enginesFolder, programs } from './local/paths.js';
import { logTail, type Service, startService } from './local/processes.js';
import { redisTrouble } from './local/redis.js';
import { type LocalServices, startServices } from './local/services.js';
import { startLonger, startPatienceMs } from './local/start-patience.js';
import { readState, updateState, writeSecret } from './local/state.js';
import { endOf, type Supervised, supervise, whileAlive } from './local/supervisor.js';
import { databaseTrouble, serverAt } from './local/trouble.js';

export interface LocalPlatform {
  /** Address of API and page. */
  readonly url: string;
  /** Secret of the local admin key. */
  readonly key: string;
  readonly client: ApiClient;
  /** Resolves with a description when a server ended, or the API or the worker too often to be started again. */
  readonly broken: Promise<string>;
  /** Drains the worker, then stops the API and the servers. Calling it again kills instead of waiting. */
  stop(): Promise<void>;
}

export interface LocalPlatformOptions {
  home: string;
  env?: NodeJS.ProcessEnv;
  onProgress: (line: string) => void;
  /** Gives up the start: it rejects once all that was started has been stopped. */
  signal?: AbortSignal;
}

const drainMs = 30_000;

/**
 * The whole platform on this machine: Postgres, Redis, migrations, API, one worker and a local admin key.
 *
 * @throws LocalSetupError when something that a person must provide is missing; CommandError naming the server that cannot be used
 */
export async function startPlatform(options: LocalPlatformOptions): Promise<LocalPlatform> {
  const { home, env = process.env, onProgress, signal } = options;
  for (const [name, file] of Object.entries(programs)) {
    if (!existsSync(file))
      throw new LocalSetupError(`the ${name} is not compiled (${file} is missing): run \`npm run build\``);
  }
  const patience = startPatienceMs(env);
  const host = env.RANKFORGE_HOST ?? '127.0.0.1';
  const port = await apiPort(home, env, host);
  const url = addressOf(host, port);
  const services = await startServices({ home, env, onProgress, signal }).catch((error) => {
    clearLockedPorts();
    throw error;
  });
  const needed = <T>(work: Promise<T>) => whileAlive(services.watched, Promise.race([work, abortOf(signal)]));
  const children: Supervised[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    if (stopping) for (const child of children) void child.stop(0);
    stopping ??= stopAll(children, services, home);
    return stopping;
  };
  try {
    // A private server has no other address.
    const direct = env.DATABASE_URL ? env.DATABASE_DIRECT_URL : undefined;
    if (env.REDIS_URL) await requireRedis(env.REDIS_URL, env);
    const { applied, key } = await needed(prepareDatabase(services.databaseUrl, home, direct));
    if (applied.length > 0) onProgress(`applied ${applied.length} migration(s)`);
    const { names, added, leftOut } = await ownEngines(enginesFolder({ ...env, RANKFORGE_HOME: home }));
    if (leftOut !== undefined) onProgress(leftOut);
    // A worker registers once its engine has said which cards it computes on, or cannot.
    const opensCards = added.some((engine) => 'variant' in engine && engine.variant === 'cuda');
    const opening = opensCards ? cardsOpenWithinSeconds * 1000 : 0;
    const childEnv: NodeJS.ProcessEnv = {
      NODE_ENV: 'production',
      RANKFORGE_ENGINES: names.join(','),
      RANKFORGE_DATA_DIR: join(home, 'data'),
      ...env,
      DATABASE_URL: services.databaseUrl,
      DATABASE_DIRECT_URL: direct,
      REDIS_URL: services.redisUrl,
    };
    const launchSecret = randomBytes(32).toString('hex');
    let isProven = false;
    const client = new ApiClient(url, key, undefined, async () => {
      if (!isProven) throw new CommandError(`the API at ${url} is being started again`, exitCode.unreachable);
    });
    const api = await supervise({
      start: () =>
        startService({
          name: 'api',
          command: process.execPath,
          args: [programs.api],
          env: {
            ...childEnv,
            PORT: String(port),
            HOST: host,
            RANKFORGE_LAUNCH_SECRET: launchSecret,
          },
          logFile: join(home, 'logs', 'api.log'),
        }),
      ready: async (service) => {
        await until({ what: 'the API to be ready', patience, signal }, service, services, async () => {
          const { isOurs, isReady, down } = await askLaunched(url, launchSecret);
          if (!isOurs) throw new Error(`what answers at ${url} is not the API that was started`);
          if (down.length > 0) throw new Error(`it waits for ${down.join(' and ')}`);
          return isReady;
        });
        isProven = true;
      },
      onEnd: () => {
        isProven = false;
      },
      onProgress,
    });
    children.unshift(api);
    const state = await readState(home);
    await updateState(home, { apiUrl: url, launchSecret, ports: { ...state.ports, api: port } });

    const worker = await supervise({
      start: () =>
        startService({
          name: 'worker',
          command: process.execPath,
          args: [programs.worker],
          env: childEnv,
          logFile: join(home, 'logs', 'worker.log'),
        }),
      ready: (service) =>
        until({ what: 'the worker to register', patience: patience + opening, signal }, service, services, async () => {
          const { workers } = await client.get('/v1/workers', WorkerList);
          return workers.some((one) => one.pid === service.pid && one.state === 'live');
        }),
      onProgress,
    });
    children.unshift(worker);
    const started = childEnv.RANKFORGE_ENGINES?.split(',') ?? [];
    for (const name of names.filter((each) => started.includes(each))) {
      const found = added.find((engine) => engine.name === name);
      const proposed = engineRecord(name).added ? 'the page proposes it, ' : '';
      if (found) onProgress(`engine ${name} (${shownOf(found)}): ${proposed}--engine ${name} asks for it`);
    }
    const broken = Promise.race([...children.map(({ givenUp }) => givenUp), ...services.watched.map(endOf)]);
    return { url, key, client, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function stopAll(children: readonly Supervised[], services: LocalServices, home: string): Promise<void> {
  try {
    // The worker first: it hands its trials back to a database that must still be there.
    for (const child of children) await child.stop(drainMs);
    await updateState(home, { apiUrl: undefined, launchSecret: undefined });
  } finally {
    await services.stop();
  }
}

/**
 * RANKFORGE_PORT exactly; else the last one, else the first free one from 8080. PORT and HOST are the API's own settings, and stand in
 * many a shell for another program.
 */
async function apiPort(home: string, env: NodeJS.ProcessEnv, host: string): Promise<number> {
  const wanted = env.RANKFORGE_PORT;
  if (wanted !== undefined) {
    const port = Number(wanted);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new LocalSetupError(`RANKFORGE_PORT is "${wanted}": expected a number from 1 to 65535`);
    }
    if ((await free({ port, host })) === port) return port;
    throw new LocalSetupError(
      `port ${port} is in use: stop what listens there, or unset RANKFORGE_PORT for a free one`,
    );
  }
  const last = (await readState(home)).ports?.api;
  return free({ port: [...(last ? [last] : []), ...portNumbers(8080, 8180)], host });
}

async function free(wanted: { port: number | number[]; host: string }): Promise<number> {
  return getPort(wanted).catch((cause: NodeJS.ErrnoException) => {
    throw new LocalSetupError(
      `nothing can listen on ${wanted.host} (${cause.code}): RANKFORGE_HOST names an address of this machine, by default 127.0.0.1`,
      { cause },
    );
  });
}

/** The address at which this machine reaches what listens on `host`. */
function addressOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
  if (URL.canParse(url)) return url;
  throw new LocalSetupError(
    `RANKFORGE_HOST is "${host}": expected a name or an address that a URL can hold, such as 127.0.0.1 or ::1`,
  );
}

/** Rejects once the signal comes. */
function abortOf(signal: AbortSignal | undefined): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // It may come when nobody waits any more.
  aborted.catch(() => {});
  return aborted;
}

async function requireRedis(url: string, env: NodeJS.ProcessEnv): Promise<void> {
  const server = serverAt('REDIS_URL', url);
  const trouble = await redisTrouble(env);
  if (trouble === undefined) return;
  throw new CommandError(
    `Redis at ${server} (REDIS_URL) ${trouble}: start it, correct REDIS_URL, or unset it for a private one`,
    exitCode.unreachable,
  );
}

async function prepareDatabase(url: string, home: string, direct = url): Promise<{ applied: string[]; key: string }> {
  try {
    const applied = await applyMigrations({ url: direct });
    return { applied, key: await localKey(url, home) };
  } catch (cause) {
    throw (await databaseTrouble(url, cause)) ?? cause;
  }
}

/** The admin key kept in the home folder, or a new one when this database does not know it. */
async function localKey(databaseUrl: string, home: string): Promise<string> {
  const file = localKeyFile(home);
  const kept = (await readFile(file, 'utf8').catch(() => undefined))?.trim();
  const db: Database = openDatabase({ url: databaseUrl, poolSize: 1 });
  try {
    const known = kept ? await db.apiKey.findUnique({ where: { hash: hashKeySecret(kept) } }) : null;
    if (kept && known?.role === 'admin' && !known.revokedAt) return kept;
    const { secret } = await createKey(db, { name: 'local admin, made by rankforge up', role: 'admin' });
    await writeSecret(file, `${secret}\n`);
    return secret;
  } finally {
    await db.$disconnect();
  }
}

interface Waiting {
  what: string;
  /** Milliseconds. */
  patience: number;
  signal: AbortSignal | undefined;
}

/** Waits until `reached`; the service itself and those it needs must stay alive meanwhile. */
async function until(
  waiting: Waiting,
  service: Service,
  services: LocalServices,
  reached: () => Promise<boolean>,
): Promise<void> {
  const over = new AbortController();
  try {
    const polled = poll(waiting, service, reached, over.signal);
    await whileAlive([service, ...services.watched], Promise.race([polled, abortOf(waiting.signal)]));
  } finally {
    over.abort();
  }
}

async function poll(
  { what, patience }: Waiting,
  service: Service,
  reached: () => Promise<boolean>,
  over: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + patience;
  let cause: unknown;
  while (Date.now() < deadline && !over.aborted) {
    try {
      if (await reached()) return;
    } catch (error) {
      cause = error;
    }
    await sleep(100);
  }
  const log = `the end of ${service.logFile}:\n${logTail(service.logFile)}`;
  const because = cause instanceof Error ? ` (${cause.message})` : '';
  throw new CommandError(
    `waited ${patience / 1000} s in vain for ${what}${because}: ${startLonger}; ${log}`,
    exitCode.unexpected,
    { cause },
  );
}

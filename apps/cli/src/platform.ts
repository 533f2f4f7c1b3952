import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkerList } from '@rankforge/contracts';
import { applyMigrations, createKey, type Database, hashKeySecret, openDatabase } from '@rankforge/db';
import getPort, { portNumbers } from 'get-port';
import { ApiClient } from './api/client.js';
import { localKeyFile } from './api/connection.js';
import { askLaunched } from './api/launched.js';
import { readAdded } from './engines/added.js';
import { CommandError, exitCode } from './exit-codes.js';
import { LocalSetupError } from './local/errors.js';
import { enginesFolder, programs } from './local/paths.js';
import { logTail, type Service, startService } from './local/processes.js';
import { type LocalServices, startServices } from './local/services.js';
import { startLonger, startPatienceMs } from './local/start-patience.js';
import { readState, updateState, writeSecret } from './local/state.js';
import { endOf, type Supervised, supervise, whileAlive } from './local/supervisor.js';

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
}

const drainMs = 30_000;

/**
 * The whole platform on this machine: Postgres, Redis, migrations, API, one worker and a local admin key.
 *
 * @throws LocalSetupError when something that a person must provide is missing.
 */
export async function startPlatform(options: LocalPlatformOptions): Promise<LocalPlatform> {
  const { home, env = process.env, onProgress } = options;
  for (const [name, file] of Object.entries(programs)) {
    if (!existsSync(file))
      throw new LocalSetupError(`the ${name} is not compiled (${file} is missing): run \`npm run build\``);
  }
  const patience = startPatienceMs(env);
  const services = await startServices({ home, env, onProgress });
  const children: Supervised[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    if (stopping) for (const child of children) void child.stop(0);
    stopping ??= stopAll(children, services, home);
    return stopping;
  };
  try {
    const applied = await whileAlive(services.watched, applyMigrations({ url: services.databaseUrl }));
    if (applied.length > 0) onProgress(`applied ${applied.length} migration(s)`);
    const key = await whileAlive(services.watched, localKey(services.databaseUrl, home));
    const tensorflow = await readAdded(enginesFolder({ ...env, RANKFORGE_HOME: home }));
    const childEnv: NodeJS.ProcessEnv = {
      NODE_ENV: 'production',
      RANKFORGE_ENGINES: tensorflow ? 'wasm,tensorflow' : 'wasm',
      RANKFORGE_DATA_DIR: join(home, 'data'),
      ...env,
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
    };
    const port = await apiPort(home, env);
    const url = `http://${reachable(env.HOST)}:${port}`;
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
            HOST: env.HOST ?? '127.0.0.1',
            RANKFORGE_LAUNCH_SECRET: launchSecret,
          },
          logFile: join(home, 'logs', 'api.log'),
        }),
      ready: async (service) => {
        await until({ what: 'the API to be ready', patience }, service, services, async () => {
          const { isOurs, isReady } = await askLaunched(url, launchSecret);
          if (!isOurs) throw new Error(`what answers at ${url} is not the API that was started`);
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
        until({ what: 'the worker to register', patience }, service, services, async () => {
          const { workers } = await client.get('/v1/workers', WorkerList);
          return workers.some((one) => one.pid === service.pid && one.state === 'live');
        }),
      onProgress,
    });
    children.unshift(worker);
    if (tensorflow && childEnv.RANKFORGE_ENGINES?.split(',').includes('tensorflow')) {
      const { variant, proof } = tensorflow;
      onProgress(
        `engine tensorflow (${variant}, ${proof.device}): the page proposes it, --engine tensorflow asks for it`,
      );
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

/** RANKFORGE_PORT or PORT exactly; else the last one, else the first free one from 8080. */
async function apiPort(home: string, env: NodeJS.ProcessEnv): Promise<number> {
  const host = env.HOST ?? '127.0.0.1';
  const wanted = env.RANKFORGE_PORT ?? env.PORT;
  if (wanted !== undefined) {
    const port = Number(wanted);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new LocalSetupError(`the port "${wanted}" (RANKFORGE_PORT or PORT) is not a number from 1 to 65535`);
    }
    if ((await getPort({ port, host })) === port) return port;
    throw new LocalSetupError(
      `port ${port} is in use: stop what listens there, or unset RANKFORGE_PORT for a free one`,
    );
  }
  const last = (await readState(home)).ports?.api;
  return getPort({ port: [...(last ? [last] : []), ...portNumbers(8080, 8180)], host });
}

const reachable = (host: string | undefined) => (!host || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);

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
    await whileAlive([service, ...services.watched], poll(waiting, service, reached, over.signal));
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

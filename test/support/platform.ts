import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type PostgresServer,
  type RedisServer,
  type Service,
  startPostgres,
  startRedis,
  startService,
} from '@rankforge/cli';
import type { Role } from '@rankforge/contracts';
import { applyMigrations, createKey, type Database, openDatabase } from '@rankforge/db';
import { clearLockedPorts } from 'get-port';
import { checkAnswersOf } from './checked-responses.js';
import { createDatabase, createRedisUrl, type TestDatabase } from './databases.js';
import { runIdVariable } from './global-setup.js';
import { type HostedWorker, startHostedApi, startHostedWorker, type TestApi } from './hosted-api.js';
import { loadScript } from './scripts.js';
import { testServers } from './servers.js';
import { strayProcesses } from './stray-processes.js';
import { waitFor } from './wait-for.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const watchApi = new URL('watch-api.mjs', import.meta.url).href;

/** Where a program begins: in its one file, and in another build in its modules, of which that changed some. */
const startOf = (app: 'api' | 'worker', build: string | undefined) =>
  `apps/${app}/dist/${build === undefined ? 'main' : 'program'}.js`;

/** An API in a process of its own: it may be killed. */
export interface ApiProcess extends TestApi, Pick<Service, 'name' | 'pid' | 'exited'> {}

/**
 * A real platform for one test file: its own database and Redis database, API keys, and the API and workers as the child
 * processes a user would run. Nothing is started until asked for.
 */
export interface Platform {
  databaseUrl: string;
  redisUrl: string;
  /** For assertions on what was written. */
  db: Database;
  /** Secrets, one for each role. */
  keys: Record<Role, string>;
  /** Folder of artifacts, shared by API and workers. */
  dataDir: string;
  /** Present with `servers: 'own'`: may be stopped, flushed or killed without touching another file's tests. */
  servers?: OwnServers;
  /** An API as fast as it can be had: in a process that serves those of other files too. */
  hostApi(env?: NodeJS.ProcessEnv): Promise<TestApi>;
  /**
   * An API as users run it, for tests that kill it, restart it, or look at its process.
   * @param build folder of another build; default: this checkout
   */
  startApi(env?: NodeJS.ProcessEnv, build?: string): Promise<ApiProcess>;
  /** A worker in the process that serves APIs, for tests that neither kill it nor look at its process. */
  hostWorker(env?: NodeJS.ProcessEnv): Promise<HostedWorker>;
  /** A worker as users run it. */
  startWorker(env?: NodeJS.ProcessEnv, build?: string): Promise<Service>;
  /** Without waiting for it to register. */
  launchWorker(env?: NodeJS.ProcessEnv): Promise<Service>;
  /** A fetch with the key of a role (default admin) and JSON in and out. */
  request(api: TestApi, path: string, init?: PlatformRequest): Promise<Response>;
  /** Stops everything, drops the database, and fails when a process is still alive. */
  stop(): Promise<void>;
}

export interface OwnServers {
  postgres: PostgresServer;
  redis: RedisServer;
  /** Starts a stopped Postgres again, with its data, at its old address. */
  restartPostgres(): Promise<void>;
  /** The same for Redis; its keys are as its append-only file has them. */
  restartRedis(): Promise<void>;
}

export interface PlatformOptions {
  /** `own`: a Postgres and a Redis of this platform alone. */
  servers?: 'shared' | 'own';
  /** A database with the tables of this version, dropped with the platform. Default: an empty one. */
  database?: TestDatabase;
}

export interface ApiOptions extends PlatformOptions {
  /** Starts the API in a process of its own; see `Platform.startApi`. Default: only with servers of its own. */
  ownProcess?: boolean;
}

export interface PlatformRequest {
  method?: string;
  body?: unknown;
  role?: Role;
  headers?: Record<string, string>;
}

/** Starts the API of a platform where the options say. */
export function openApi(platform: Platform, env: NodeJS.ProcessEnv, options: ApiOptions): Promise<TestApi> {
  const { ownProcess = options.servers === 'own' } = options;
  return ownProcess ? platform.startApi(env) : platform.hostApi(env);
}

/** Programs of the platforms that are not stopped yet. */
const running = new Set<readonly Program[]>();
type Program = Pick<Service, 'name' | 'logFile'> & { stop(): Promise<void> };

/** The end of the log of every program that any platform of this process has started. */
export async function logsOfPlatforms(): Promise<string> {
  const logs = [...running].flat().map(async ({ name, logFile }) => `── ${name}, ${logFile}\n${await tail(logFile)}`);
  return (await Promise.all(logs)).join('\n');
}

/**
 * @example
 * let platform: Platform;
 * beforeAll(async () => { platform = await createPlatform(); });
 * afterAll(() => platform.stop());
 */
export async function createPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const dir = await mkdtemp(join(tmpdir(), 'rankforge-platform-'));
  const own = options.servers === 'own' ? await startOwnServers(dir) : undefined;
  const database = own ? undefined : (options.database ?? (await createDatabase()));
  const databaseUrl = own?.databaseUrl ?? (database?.url as string);
  const redisUrl = own?.servers.redis.url() ?? (await createRedisUrl());
  const db = openDatabase({ url: databaseUrl, poolSize: 4 });
  const keys = {} as Record<Role, string>;
  for (const role of ['viewer', 'submitter', 'admin'] as const) {
    keys[role] = (await createKey(db, { name: `test ${role}`, role })).secret;
  }
  const dataDir = join(dir, 'data');
  const services: Program[] = [];
  running.add(services);
  const mark = `${runIdVariable}_FILE`;
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    RANKFORGE_DATA_DIR: dataDir,
    LOG_LEVEL: 'info',
    [runIdVariable]: testServers().runId,
    [mark]: dir,
  };
  const newLogFile = (name: string) => join(dir, `${name}-${services.length}.log`);
  const start = async (
    name: string,
    script: string,
    env: NodeJS.ProcessEnv,
    { build = root, nodeFlags = [] }: { build?: string; nodeFlags?: string[] } = {},
  ): Promise<Service> => {
    const service = await startService({
      name,
      command: process.execPath,
      args: [...nodeFlags, join(build, script)],
      env: { ...environment, ...env },
      cwd: root,
      logFile: newLogFile(name),
    });
    services.push(service);
    return service;
  };

  return {
    databaseUrl,
    redisUrl,
    db,
    keys,
    dataDir,
    ...(own ? { servers: own.servers } : {}),
    async hostApi(env = {}) {
      const api = await startHostedApi({ ...environment, PORT: '0', ...env }, newLogFile('api'));
      services.push({ name: 'api', ...api });
      checkAnswersOf(api.url, keys.viewer);
      return api;
    },
    async startApi(env = {}, build) {
      const port = env.PORT ?? String(await freePort());
      const settings = { HOST: '127.0.0.1', PORT: port, ...env };
      const service = await start('api', startOf('api', build), settings, {
        build,
        nodeFlags: ['--import', watchApi],
      });
      const url = `http://127.0.0.1:${port}`;
      await untilStarted(service, 'the API to be ready', async () => (await fetch(`${url}/readyz`)).ok);
      // Another build has a description of its own.
      if (build === undefined) checkAnswersOf(url, keys.viewer);
      return Object.assign(service, { url });
    },
    async hostWorker(env = {}) {
      const worker = await startHostedWorker({ ...environment, ...env }, newLogFile('worker'));
      services.push({ name: 'worker', ...worker });
      return worker;
    },
    async startWorker(env = {}, build) {
      const before = await db.worker.count();
      const service = await start('worker', startOf('worker', build), env, { build });
      await untilStarted(service, 'the worker to register', async () => (await db.worker.count()) > before);
      return service;
    },
    launchWorker: (env = {}) => start('worker', startOf('worker', undefined), env),
    request(api, path, { method, body, role = 'admin', headers } = {}) {
      return fetch(`${api.url}${path}`, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          authorization: `Bearer ${keys[role]}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    async stop() {
      await Promise.all(services.map((service) => service.stop()));
      running.delete(services);
      const strays = await strayProcesses(`${mark}=${dir}`);
      for (const stray of strays) process.kill(stray.pid, 'SIGKILL');
      await db.$disconnect();
      await database?.drop();
      await Promise.all([own?.servers.postgres.stop(), own?.servers.redis.stop()]);
      const breaches = await breachesIn(services);
      await rm(dir, { recursive: true, force: true });
      if (breaches.length > 0) throw new Error(`answers that no client could rely on: ${breaches.join('\n')}`);
      if (strays.length > 0) {
        throw new Error(`left running: ${strays.map((stray) => `${stray.pid} ${stray.command}`).join('; ')}`);
      }
    },
  };
}

/** Lines of APIs that say that an answer was not as its contract has it, also to those whose answers no test looks at. */
async function breachesIn(services: readonly Pick<Service, 'name' | 'logFile'>[]): Promise<string[]> {
  const logs = services.filter(({ name }) => name === 'api').map(({ logFile }) => readFile(logFile, 'utf8'));
  const lines = (await Promise.all(logs)).flatMap((log) => log.split('\n'));
  return lines.filter((line) => line.includes('an answer is not as its contract says'));
}

async function startOwnServers(dir: string): Promise<{ servers: OwnServers; databaseUrl: string }> {
  const { throwAwaySettings: settings } = await loadScript('lib/tests/servers');
  const options = { dir: join(dir, 'postgres'), settings };
  const redisOptions = { dir: join(dir, 'redis') };
  const [postgres, redis] = await Promise.all([startPostgres(options), startRedis(redisOptions)]);
  const databaseUrl = postgres.url('postgres');
  await applyMigrations({ url: databaseUrl });
  const servers: OwnServers = {
    postgres,
    redis,
    async restartPostgres() {
      clearLockedPorts(); // get-port gives no port twice, and this one is wanted again
      servers.postgres = await startPostgres({ ...options, preferredPort: postgres.port });
      if (servers.postgres.port !== postgres.port) throw new Error(`port ${postgres.port} was taken meanwhile`);
    },
    async restartRedis() {
      clearLockedPorts();
      servers.redis = await startRedis({ ...redisOptions, preferredPort: redis.port });
      if (servers.redis.port !== redis.port) throw new Error(`port ${redis.port} was taken meanwhile`);
    },
  };
  return { servers, databaseUrl };
}

/** Fails with the log's end as soon as the program ends, instead of waiting for the time limit. */
async function untilStarted(service: Service, what: string, started: () => Promise<boolean>): Promise<void> {
  let ended = false;
  void service.exited.then(() => {
    ended = true;
  });
  try {
    await waitFor(what, () => ended || started(), { timeoutMs: 60_000 });
  } catch (cause) {
    throw new Error(`${(cause as Error).message}; its log ends:\n${await tail(service.logFile)}`, { cause });
  }
  if (ended) throw new Error(`${service.name} ended at start; its log ends:\n${await tail(service.logFile)}`);
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

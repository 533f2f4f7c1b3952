/** @file The platform under chaos: private servers, the API and workers as supervised processes, and the ways between them. */
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresServer, type RedisServer, startPostgres, startRedis } from '@rankforge/cli';
import { applyMigrations, createKey, type Database, openDatabase } from '@rankforge/db';
import { execa } from 'execa';
import { clearLockedPorts } from 'get-port';
import { waitFor } from '../support/wait-for.js';
import { clockEnvironment, setClock } from './clock.js';
import type { Machine } from './machine.js';
import { type Network, namespaces, proxies } from './network.js';
import { type Ended, Program } from './program.js';
import { root } from './root.js';

interface ChaosServers {
  postgres: PostgresServer;
  redis: RedisServer;
}

export interface ClusterOptions {
  /** Holds everything; made, and left to the caller to remove. */
  dir: string;
  modelsDir: string;
  workers: number;
  machine: Machine;
  /** True if workers run the engine torch, too. */
  torch: boolean;
  /** Told when a program ends that nobody killed. */
  onEnded(ended: Ended): void;
}

export interface Cluster {
  readonly db: Database;
  readonly network: Network;
  readonly programs: ReadonlyMap<string, Program>;
  readonly artifactDir: string;
  readonly servers: ChaosServers;
  /** Starts a killed server again, with its data, at its old address. */
  restart(server: 'postgres' | 'redis'): Promise<void>;
  /** Moves the clock of a worker by seconds from the true time. */
  setClock(worker: string, seconds: number): Promise<void>;
  request(path: string, body?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export const leaseSeconds = 5;
const apiPort = 8080;
/** Checkpoints of a tiny base are some kilobytes; what fills it must be quick to write. */
const artifactBytes = 64 * 2 ** 20;

/** A process is killed, never the machine: what Postgres has given to the system is as good as on the disk. */
const postgresSettings = { fsync: 'off', max_connections: '100', listen_addresses: '*' };

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dir, workers, machine } = options;
  await mkdir(dir, { recursive: true });
  const names = ['api', ...Array.from({ length: workers }, (_, index) => `worker-${index + 1}`)];
  const contained = machine.namespaces.missing === undefined;
  const open = contained ? { bind: '0.0.0.0', 'protected-mode': 'no' } : undefined;
  const postgresOptions = {
    dir: join(dir, 'postgres'),
    settings: contained ? postgresSettings : { ...postgresSettings, listen_addresses: '127.0.0.1' },
  };
  const redisOptions = { dir: join(dir, 'redis'), ...(open ? { settings: open } : {}) };
  const servers = { postgres: await startPostgres(postgresOptions), redis: await startRedis(redisOptions) };
  const databaseUrl = servers.postgres.url('postgres');
  const db = openDatabase({ url: databaseUrl, poolSize: 4, statementTimeoutMs: 30_000 });
  if (contained) await admitNamespaces(join(postgresOptions.dir, 'data'), db);
  await applyMigrations({ url: databaseUrl });
  const ports = { redis: servers.redis.port, postgres: servers.postgres.port };
  const network = await (contained ? namespaces : proxies)(names, ports);
  const artifactDir = join(dir, 'data/artifacts');
  await mkdir(artifactDir, { recursive: true });
  if (contained) await execa('mount', ['-t', 'tmpfs', '-o', `size=${artifactBytes}`, 'artifacts', artifactDir]);
  const { secret } = await createKey(db, { name: 'chaos', role: 'admin' });
  const port = contained ? apiPort : await freePort();
  const programs = new Map<string, Program>();
  for (const name of names) {
    const isApi = name === 'api';
    await setClock(clockFile(dir, name), 0);
    programs.set(
      name,
      new Program(
        {
          name,
          command: network.wrap(name, [process.execPath, join(root, `apps/${isApi ? 'api' : 'worker'}/dist/main.js`)]),
          env: {
            ...environment(options, network, name, servers),
            ...(isApi ? { HOST: contained ? '0.0.0.0' : '127.0.0.1', PORT: String(port) } : {}),
          },
          cwd: root,
          logFile: join(dir, `${name}.log`),
        },
        options.onEnded,
      ),
    );
  }
  await Promise.all([...programs.values()].map((program) => program.start()));
  const url = `http://${network.hostOf('api')}:${port}`;
  await waitFor('the API to be ready', async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 180_000 });
  return {
    db,
    network,
    programs,
    artifactDir,
    servers,
    async restart(server) {
      clearLockedPorts(); // get-port gives no port twice, and this one is wanted again
      if (server === 'redis') servers.redis = await startRedis({ ...redisOptions, preferredPort: ports.redis });
      else servers.postgres = await startPostgres({ ...postgresOptions, preferredPort: ports.postgres });
      const { port: now } = servers[server];
      if (now !== ports[server]) throw new Error(`port ${ports[server]} was taken while ${server} was down`);
    },
    setClock: (worker, seconds) => setClock(clockFile(dir, worker), seconds),
    async request(path, body) {
      const response = await fetch(`${url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = await response.text();
      if (!response.ok) throw new Error(`the API answered ${response.status} to ${path}: ${answer}`);
      return JSON.parse(answer);
    },
    async close() {
      await Promise.all([...programs.values()].map((program) => program.stop()));
      await db.$disconnect();
      await Promise.all([servers.postgres.stop(), servers.redis.stop()]);
      await network.close();
      if (contained) await execa('umount', [artifactDir]);
      clearLockedPorts();
    },
  };
}

function environment(
  { dir, modelsDir, machine, torch }: ClusterOptions,
  network: Network,
  name: string,
  servers: ChaosServers,
): NodeJS.ProcessEnv {
  const { library } = machine.faketime;
  const [database, redis] = [network.link(name, 'postgres'), network.link(name, 'redis')];
  return {
    ...process.env,
    NODE_ENV: 'production',
    DATABASE_URL: `postgresql://postgres:${servers.postgres.password}@${database.host}:${database.port}/postgres`,
    REDIS_URL: `redis://:${servers.redis.password}@${redis.host}:${redis.port}/0`,
    RANKFORGE_DATA_DIR: join(dir, 'data'),
    RANKFORGE_MODELS_DIR: modelsDir,
    RANKFORGE_WORKER_NAME: name,
    ...(torch && { RANKFORGE_ENGINES: 'wasm,torch', RANKFORGE_ENGINES_DIR: machine.torch.enginesFolder }),
    RANKFORGE_WORKER_SLOTS: '1',
    RANKFORGE_LEASE_SECONDS: String(leaseSeconds),
    LOG_LEVEL: 'info',
    ...(library && name !== 'api' ? clockEnvironment(library, clockFile(dir, name)) : {}),
  };
}

const clockFile = (dir: string, name: string) => join(dir, `${name}.clock`);

/** Postgres admits this machine's own address only. */
async function admitNamespaces(data: string, db: Database): Promise<void> {
  await appendFile(join(data, 'pg_hba.conf'), '\nhost all all samenet scram-sha-256\n');
  await db.$queryRaw`SELECT pg_reload_conf()`;
}

async function freePort(): Promise<number> {
  const { default: getPort } = await import('get-port');
  return getPort({ host: '127.0.0.1' });
}

/** Removes what a cluster has left. */
export const removeCluster = (dir: string) => rm(dir, { recursive: true, force: true });
